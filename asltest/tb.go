package asltest

// TB is the part of testing.TB that this package uses; *testing.T, *testing.B and *testing.F have it. Fatalf must not return,
// as in package testing.
type TB interface {
	Helper()
	Name() string
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(f func())
}
