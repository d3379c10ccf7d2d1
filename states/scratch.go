package states

// Scratch is memory that steps use one after the other. The zero Scratch is ready to use; it serves one step at a time.
type Scratch struct {
	stepper stepper
	records []Record // room for those of the next commit
}

// keptRecords bounds the room for records: a few long steps must not hold memory for good.
const keptRecords = 256

// Reclaim takes back the records of a commit, which is without them then. Nobody may hold them: a host calls it when they are
// stored.
func (s *Scratch) Reclaim(c *Commit) {
	if cap(c.Records) <= keptRecords {
		clear(c.Records)
		s.records = c.Records[:0]
	}
	c.Records = nil
}

// begin returns where a step is to be made.
func (s *Scratch) begin() *stepper {
	if s == nil {
		return new(stepper)
	}
	s.stepper.c.Records, s.records = s.records, nil
	return &s.stepper
}

// end lets go of what the step has looked at.
func (s *Scratch) end() {
	if s != nil {
		s.stepper = stepper{}
	}
}
