package storetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// crashPlace is the environment variable that makes a test process the child of Crash.
const crashPlace = "GAIT_STORETEST_CRASH"

// Crash runs the calling test again as a child process that opens the store of a place, takes it and applies batches, and
// says on its output what has been applied. The child is killed at a random moment, rounds times over. Each time, everything
// that was acknowledged must be there, at most one batch more, each log without a gap and each state that of its last commit;
// and the store must be free to be taken at once.
//
// The calling test must do nothing but call Crash. check, which may be nil, examines the files before each reopening.
func Crash(t *testing.T, rounds int, open func(ctx context.Context, place string) (store.Store, error), check func(t *testing.T, place string)) {
	if place := os.Getenv(crashPlace); place != "" {
		err := crashChild(place, open)
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(3)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	place := t.TempDir()
	acked := map[states.ExecID]uint64{}
	rng := rand.New(rand.NewPCG(uint64(rounds), 1))
	epoch, total := int64(0), 0
	for round := range rounds {
		total += crashRound(t, self, place, round%2 == 1 || round == rounds-1, time.Duration(rng.Int64N(int64(60*time.Millisecond))), acked)
		if check != nil {
			check(t, place)
		}
		s, err := open(t.Context(), place)
		if err != nil {
			t.Fatalf("round %d: open: %v", round, err)
		}
		own, err := s.Own(t.Context(), "parent")
		if err != nil {
			t.Fatalf("round %d: own: %v", round, err)
		}
		if own.Epoch <= epoch {
			t.Fatalf("round %d: epoch %d after %d", round, own.Epoch, epoch)
		}
		epoch = own.Epoch
		for id := states.ExecID(1); id <= own.LastID; id++ {
			if err := verify(s, id, acked); err != nil {
				t.Fatalf("round %d: execution %d: %v", round, id, err)
			}
		}
		for id, seq := range acked {
			if id > own.LastID {
				t.Fatalf("round %d: execution %d was acknowledged at %d, and is gone", round, id, seq)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatalf("round %d: close: %v", round, err)
		}
	}
	t.Logf("%d kills, %d executions, %d acknowledged commits, none lost", rounds, len(acked), total)
	if total == 0 {
		t.Error("no commit was acknowledged before a kill: nothing was tested")
	}
}

// crashRound runs a child until it is killed, and adds what it acknowledged. The time runs from its first commit when writing is
// set, so that such a kill hits the writing however slow the machine is; else from its first sign of life, so that some kills hit
// the opening. A real clock is the point here: the moment must not depend on the code.
func crashRound(t *testing.T, self, place string, writing bool, life time.Duration, acked map[states.ExecID]uint64) (commits int) {
	t.Helper()
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), crashPlace+"="+place)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var kill *time.Timer
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a line that was cut is no acknowledgement
		}
		if err != nil {
			t.Fatal(err)
		}
		var id states.ExecID
		var seq uint64
		if n, _ := fmt.Sscanf(line, "applied %d %d\n", &id, &seq); n == 2 {
			acked[id] = max(acked[id], seq)
			commits++
		}
		if kill == nil && (commits > 0 || !writing) {
			kill = time.AfterFunc(life, func() { _ = cmd.Process.Kill() }) // it may have ended
		}
	}
	err = cmd.Wait()
	if e := new(exec.ExitError); !errors.As(err, &e) || e.Exited() {
		t.Fatalf("the child ended by itself: %v\n%s", err, stderr.Bytes())
	}
	return commits
}

// crashBody makes bytes that tell their place and are long enough to spill over pages now and then.
func crashBody(what string, id states.ExecID, seq uint64) []byte {
	body := fmt.Appendf(nil, "%s of %d at %d ", what, id, seq)
	return append(body, bytes.Repeat([]byte{byte(seq)}, int(uint64(id)*131+seq*977)%6000)...)
}

func crashWrite(id states.ExecID, base uint64) store.Write {
	w := next(id, base)
	if base == 0 {
		w = create(id, "crash", fmt.Sprint(id))
	}
	w.Log, w.State = crashBody("log", id, base+1), nil
	if base%3 == 0 { // otherwise the log after it completes the state
		w.State = crashBody("state", id, base+1)
	}
	w.Due, w.Pending = states.Millis(base+1), base%2 == 0
	return w
}

func crashChild(place string, open func(ctx context.Context, place string) (store.Store, error)) error {
	ctx := context.Background()
	fmt.Println("alive")
	s, err := open(ctx, place)
	if err != nil {
		return err
	}
	own, err := s.Own(ctx, "child")
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(uint64(own.Epoch), 2))
	seq := map[states.ExecID]uint64{}
	last := own.LastID
	for id := max(1, last-40); id <= last; id++ {
		x, err := s.Load(ctx, id)
		if err != nil {
			return err
		}
		seq[id] = x.Seq
	}
	var acks bytes.Buffer
	for {
		batch := make([]store.Write, 0, 30)
		used := map[states.ExecID]bool{}
		for range 1 + rng.IntN(30) {
			id := last + 1
			if last > 0 && rng.IntN(5) > 0 {
				id = max(1, last-states.ExecID(rng.IntN(20)))
			}
			if used[id] {
				continue
			}
			last = max(last, id)
			used[id] = true
			batch = append(batch, crashWrite(id, seq[id]))
		}
		acks.Reset()
		for i, err := range s.Apply(ctx, own.Epoch, batch) {
			if err != nil {
				return fmt.Errorf("write %d of %d: %w", i, len(batch), err)
			}
			seq[batch[i].ID] = batch[i].Base + 1
			fmt.Fprintf(&acks, "applied %d %d\n", batch[i].ID, batch[i].Base+1)
		}
		if _, err := os.Stdout.Write(acks.Bytes()); err != nil {
			return err
		}
	}
}

// verify checks one execution after a kill, and takes over what was stored but not acknowledged.
func verify(s store.Store, id states.ExecID, acked map[states.ExecID]uint64) error {
	ctx := context.Background()
	x, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	if x.Seq < acked[id] || x.Seq > acked[id]+1 {
		return fmt.Errorf("at %d, acknowledged was %d", x.Seq, acked[id])
	}
	acked[id] = x.Seq
	if want := x.Seq - (x.Seq-1)%3; x.StateSeq != want || !bytes.Equal(x.State, crashBody("state", id, want)) {
		return fmt.Errorf("at %d with the state of %d, expected %d: %.40q", x.Seq, x.StateSeq, want, x.State)
	}
	if uint64(len(x.Tail)) != x.Seq-x.StateSeq {
		return fmt.Errorf("at %d with the state of %d and a tail of %d", x.Seq, x.StateSeq, len(x.Tail))
	}
	entries, err := s.Log(ctx, id, 1, false, 10_000)
	if err != nil {
		return err
	}
	if uint64(len(entries)) != x.Seq {
		return fmt.Errorf("at %d with %d log entries", x.Seq, len(entries))
	}
	for i, e := range entries {
		if e.Seq != uint64(i+1) || e.FirstEvent != int64(3*i)+1 || !bytes.Equal(e.Body, crashBody("log", id, e.Seq)) {
			return fmt.Errorf("entry %d is %d from event %d: %.40q", i, e.Seq, e.FirstEvent, e.Body)
		}
	}
	return nil
}
