#!/bin/sh
# new.sh NAME - make plugins/NAME, a plugin that builds and passes its first
# replay: a copy of plugins/template under another name.
set -eu
if [ $# -ne 1 ]; then
	echo "usage: plugins/new.sh NAME" >&2
	exit 2
fi
name=$1
case $name in
''|-*|*[!a-z0-9-]*)
	echo "new.sh: a name consists of a-z, 0-9 and -, as in my-forum" >&2
	exit 2 ;;
esac
cd "$(dirname "$0")/.."
if [ -e "plugins/$name" ]; then
	echo "new.sh: plugins/$name is there already" >&2
	exit 1
fi
id=$(printf '%s' "$name" | tr - _)
upper=$(printf '%s' "$name" | tr a-z A-Z)
mkdir -p "plugins/$name/replay"
sed -e "s/^template:/$name:/" -e "s/KP_PLUGIN(template,/KP_PLUGIN($id,/" \
    -e "s/\"template\"/\"$name\"/" -e "s/ \* template:/ * $name:/" \
    -e 's/, as the pattern of a plugin\././' \
    plugins/template/template.c >"plugins/$name/$name.c"
sed -e 's/check_LTLIBRARIES/plugins_LTLIBRARIES/' \
    -e 's/dist_noinst_DATA/dist_man_MANS/' -e 's/ -rpath .*//' \
    -e "s/template_la/${id}_la/" -e "s/template/$name/g" \
    plugins/template/template.am >"plugins/$name/$name.am"
sed -e "s/TEMPLATE/$upper/" -e "s/template/$name/g" \
    plugins/template/kompan-plugin-template.5 \
    >"plugins/$name/kompan-plugin-$name.5"
cp plugins/template/replay/first.rec "plugins/$name/replay/first.rec"
sh plugins/list.sh
cat <<END
plugins/$name is there: $name.c, $name.am, kompan-plugin-$name.5 and
replay/first.rec.  Then, in the folder that you build in (before the first
time, autoreconf -fi and configure):

    make
    ./kompan plugin replay $name \$srcdir/plugins/$name/replay/*.rec \\
        --plugins . --worker ./kompan-worker

where \$srcdir is this checkout; with --write what the plugin says becomes
what is expected.
END
