package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asltest"
)

type coverageCmd struct {
	Dir  string `arg:"" help:"Directory that GAIT_COVERAGE_DIR named while the tests ran."`
	HTML string `name:"html" help:"Write a page with a graph of each machine to this file." placeholder:"FILE"`
	LCOV string `name:"lcov" help:"Write the LCOV form to this file." placeholder:"FILE"`
	Min  string `help:"Fail when less of a machine is covered, in percent: 80." placeholder:"PERCENT"`
}

// Run runs the command.
func (c *coverageCmd) Run(a *app) error {
	least, err := strconv.ParseFloat(strings.TrimSuffix(cmp.Or(c.Min, "0"), "%"), 64)
	if err != nil || !(least >= 0 && least <= 100) { // NaN is refused too
		return usage("--min %q: expected a percentage from 0 to 100", c.Min)
	}
	covered, err := asltest.ReadCoverage(c.Dir)
	if err != nil {
		return usage("%w", err)
	}
	if len(covered.Machines) == 0 {
		return usage("%s has no coverage files; make them with GAIT_COVERAGE_DIR=DIRECTORY go test -count=1 ./...", c.Dir)
	}
	if err := covered.WriteSummary(a.stdout); err != nil {
		return err
	}
	if err := covered.WriteMissing(a.stdout); err != nil {
		return err
	}
	for _, report := range []struct {
		file  string
		write func(io.Writer) error
	}{{c.HTML, covered.WriteHTML}, {c.LCOV, covered.WriteLCOV}} {
		if report.file == "" {
			continue
		}
		if err := writeFile(report.file, report.write); err != nil {
			return usage("%w", err)
		}
	}
	err = covered.Check(least)
	if low, ok := errors.AsType[*asltest.LowCoverageError](err); ok {
		return &exitError{exitFailed, fmt.Errorf("coverage is below %g%%: %s", low.Min, strings.Join(low.Machines, ", "))}
	}
	return err
}

// writeFile makes a file, or replaces it.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
