/* Is no plugin at all. */
int bad_none_is_here;
