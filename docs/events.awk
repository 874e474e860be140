# Makes kompan-events(7) from core/base/events.def.
BEGIN {
	FS = "\""
	print ".Dd November 25, 2026\n.Dt KOMPAN-EVENTS 7\n.Os\n.Sh NAME"
	print ".Nm kompan-events\n.Nd what Kompan logs\n.Sh DESCRIPTION"
	print "One line an event: its name, then its fields as key=value."
	print "Never a secret, a post's text or a person's name."
	print ".Bl -tag -width Ds"
}
/^EVENT\(/ {
	split($1, part, /[(,] */)
	print ".It Ic " $2 " ( " tolower(part[3]) " )"
	if ($4 != "")
		print "Fields: " $4 "\n.br"
	gsub(/[.;] /, "&\n", $6)
	gsub(/ \n/, "\n", $6)
	print $6
}
END { print ".El\n.Sh SEE ALSO\n.Xr kompan 1" }
