package jsonata

// Limits bound one evaluation. A zero field takes the default of the dialect; a negative one means no bound.
//
// There is no clock in this package: time is bounded by Steps and by the context or Env.Interrupt of the caller, which are
// looked at every 1,024 steps.
type Limits struct {
	// Steps is the number of nodes evaluated, items visited and characters tried by regular expressions. Default 100,000,000;
	// in the AWS dialect 20,000,000.
	Steps int64
	// Depth is how deep evaluations nest, counted in nodes of the expression. Default 4,000; in the AWS dialect 100.
	Depth int
	// ValueBytes is the size of the largest string or array made: a byte for a byte of text, 24 for a member of an array; in
	// the AWS dialect 8. Default 256 MiB; in the AWS dialect 6,990,256, which is what AWS was measured to bear.
	ValueBytes int64
	// TotalBytes is the sum over all strings and arrays made, kept or not. Default 1 GiB; in the AWS dialect 64 MiB.
	TotalBytes int64
}

var (
	defaultLimits = Limits{Steps: 100_000_000, Depth: 4000, ValueBytes: 256 << 20, TotalBytes: 1 << 30}
	awsLimits     = Limits{Steps: 20_000_000, Depth: 100, ValueBytes: 6_990_256, TotalBytes: 64 << 20}
)

const unlimited = 1 << 62

func pick[T int | int64](set, standard T) T {
	switch {
	case set == 0:
		return standard
	case set < 0:
		return unlimited
	}
	return set
}

func (l Limits) over(d Limits) Limits {
	return Limits{
		Steps:      pick(l.Steps, d.Steps),
		Depth:      pick(l.Depth, d.Depth),
		ValueBytes: pick(l.ValueBytes, d.ValueBytes),
		TotalBytes: pick(l.TotalBytes, d.TotalBytes),
	}
}

// The texts of exceeded budgets are those of AWS.
const (
	textTime   = "Expression evaluation timeout: Check for infinite loop"
	textDepth  = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive."
	textMemory = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
)

func exceeded(l Limit) *Error {
	e := fail("U1001")
	e.Limit = l
	switch l {
	case TimeLimit:
		e.Message = textTime
	case DepthLimit:
		e.Message = textDepth
	default:
		e.Message = textMemory
	}
	return e
}

// checkEvery is the number of steps between looks at the outside.
const checkEvery = 1024

// spend counts n steps.
func (s *state) spend(n int) *Error {
	s.steps -= int64(n)
	if s.steps <= 0 {
		return s.tick()
	}
	return nil
}

// tick runs when the current ration of steps is used up.
func (s *state) tick() *Error {
	s.left += s.steps
	s.steps = 0
	if s.left <= 0 {
		return exceeded(TimeLimit)
	}
	if s.env != nil && s.env.Interrupt != nil {
		if err := s.env.Interrupt(); err != nil {
			e := exceeded(TimeLimit)
			e.cause = err
			return e
		}
	}
	ration := min(s.left, checkEvery)
	s.left -= ration
	s.steps = ration
	return nil
}

// charge accounts for a string or array before it is made.
func (s *state) charge(bytes int) *Error {
	s.total += int64(bytes)
	if int64(bytes) > s.limits.ValueBytes || s.total > s.limits.TotalBytes {
		return exceeded(MemoryLimit)
	}
	return nil
}

// chargeItems accounts for an array of n members.
func (s *state) chargeItems(n int) *Error { return s.charge(n * s.itemBytes) }
