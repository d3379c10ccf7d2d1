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

// SetWindow makes run lag behind the log by no more than so many executions and rows.
func SetWindow(s *Store, executions int, rows int64) { s.w.window = window{executions, rows} }

// Lag returns how many executions run lags behind for, and how many rows of log the next owner would replay.
func Lag(s *Store) (executions int, rows int64) {
	return len(s.w.lag.m), s.w.lastLog - s.w.folded
}
