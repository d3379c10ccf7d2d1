package asltest

// Report is Main with a writer.
var Report = report
