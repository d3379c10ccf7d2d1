package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// printJSON writes v as one line of JSON.
func (a *app) printJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := a.stdout.Write(b.Bytes())
	return err
}

// printDocument writes a JSON document: indented on a terminal, otherwise in one line.
func (a *app) printDocument(doc json.RawMessage) error {
	if len(doc) == 0 {
		doc = json.RawMessage("null")
	}
	var b bytes.Buffer
	if a.terminal(a.stdout) {
		if json.Indent(&b, doc, "", "  ") == nil {
			doc = b.Bytes()
		}
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n", doc)
	return err
}
