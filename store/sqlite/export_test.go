package sqlite

// SetFault makes statement n of the writer, from 0, fail with err. The function that it returns says whether the statement
// was reached and takes the fault away.
func SetFault(s *Store, n int, err error) func() bool {
	reached := false
	s.w.c.fault = func() error {
		if n--; n == -1 {
			reached = true
			return err
		}
		return nil
	}
	return func() bool {
		s.w.c.fault = nil
		return reached
	}
}
