# Make storage/schema.c of the schema files: each a number, a name, its text.
BEGIN {
	print "/* Made of storage/schema by embed.awk. */"
	print "#include \"storage/migrate.h\"\n"
	print "const struct schema_file schema_files[] = {"
}
FNR == 1 {
	if (NR > 1)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.sql$/, "", name)
	printf "\t{ %d, \"%s\",\n", substr(name, 1, 4) + 0, substr(name, 6)
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	printf "\t    \"%s\\n\"\n", $0
}
END {
	print "\t},"
	print "\t{ 0, NULL, NULL }"
	print "};"
}
