package main

import (
	"bufio"
	_ "embed" // for side.js
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// What the program compares with.
const (
	npmPackage = "aws-local-stepfunctions"
	npmVersion = "3.0.0"
)

//go:embed side.js
var sideScript string

// install puts the npm package below dir/node_modules, unless that version is there.
func install(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "node_modules", npmPackage, "package.json"))
	var found struct{ Version string }
	if err == nil && json.Unmarshal(text, &found) == nil && found.Version == npmVersion {
		return nil
	}
	fmt.Printf("installing %s %s\n", npmPackage, npmVersion)
	cmd := exec.Command("npm", "install", "--prefix", dir, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit",
		"--no-fund", "--loglevel=error", npmPackage+"@"+npmVersion)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm install: %w", err)
	}
	return nil
}

// node is the process of the other side.
type node struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	version string
}

func startNode(program, dir string) (*node, error) {
	version, err := exec.Command(program, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	// The script comes as an argument, so that its require looks below the working directory.
	n := &node{cmd: exec.Command(program, "--eval", sideScript), version: strings.TrimSpace(string(version))}
	n.cmd.Dir, n.cmd.Stderr = dir, os.Stderr
	if n.in, err = n.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	n.out = json.NewDecoder(bufio.NewReader(out))
	return n, n.cmd.Start()
}

func (n *node) close() error { return errors.Join(n.in.Close(), n.cmd.Wait()) }

func (n *node) ask(request, answer any) error {
	if err := json.NewEncoder(n.in).Encode(request); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	if err := n.out.Decode(answer); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	return nil
}

// load gives the machine to node and returns the output of one run and the number of states that it entered.
func (n *node) load(m *machine) (output json.RawMessage, entered int, err error) {
	var got struct {
		Output  json.RawMessage
		Entered int
	}
	err = n.ask(object{"op": "load", "name": m.name, "definition": m.definition, "input": m.input, "tasks": m.tasks}, &got)
	return got.Output, got.Entered, err
}

// run runs the machine for so many milliseconds.
func (n *node) run(name string, ms int, events bool) (cost, error) {
	var got struct{ Runs, NS, CPU float64 }
	err := n.ask(object{"op": "run", "name": name, "ms": ms, "events": events}, &got)
	return cost{wall: got.NS / got.Runs, cpu: got.CPU / got.Runs}, err
}
