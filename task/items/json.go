package items

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

const (
	textNotIterable = "Attempting to map over non-iterable node."
	textNoPointer   = "The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure."
)

// json yields the elements of the array in a JSON object or, where ItemsPointer leads to an object, its members. An object at the
// top is refused, as recorded.
func (r *reader) json(body *bufio.Reader, name task.ObjectName, source string) error {
	d := json.NewDecoder(body)
	d.UseNumber()
	at := d
	open, err := d.Token()
	for _, step := range pointerSteps(r.src.ItemsPointer) {
		if err == nil {
			open, err = descend(at, open, step)
		}
	}
	if errors.Is(err, errNoPath) {
		return failf(nil, textNoPointer)
	}
	if err != nil {
		return r.badJSON(name, err)
	}
	switch {
	case open == json.Delim('['):
	case open == json.Delim('{') && r.src.ItemsPointer != "":
	default:
		return failf(nil, textNotIterable)
	}
	for d.More() {
		item := Item{Source: source}
		if open == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return r.badJSON(name, err)
			}
			item.Key, item.Keyed = key.(string), true // the decoder lets only texts be names
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return r.badJSON(name, err)
		}
		if item.Value, err = value.Parse(raw); err != nil {
			return r.badJSON(name, err)
		}
		if err := r.emit(item); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return r.badJSON(name, err)
	}
	return nil
}

func (r *reader) badJSON(name task.ObjectName, err error) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return failf(err, "The object '%s' in the bucket '%s' is not valid JSON: %v", cut(name.Key), cut(name.Bucket), err)
}

// pointerSteps splits a JSON pointer, RFC 6901.
func pointerSteps(pointer string) []string {
	if pointer == "" || pointer == "/" {
		return nil
	}
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range steps {
		steps[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(steps[i])
	}
	return steps
}

var errNoPath = errors.New("items: the path leads nowhere")

// descend moves d, which has read the token open, to the value below it that step names, and returns the token it begins with.
func descend(d *json.Decoder, open json.Token, step string) (json.Token, error) {
	index, err := strconv.Atoi(step)
	isIndex := err == nil && index >= 0
	for i := 0; d.More() && (open == json.Delim('{') || open == json.Delim('[')); i++ {
		here := isIndex && i == index
		if open == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			here = key == step
		}
		if here {
			return d.Token()
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return nil, err
		}
	}
	return nil, errNoPath
}

// jsonLines yields the document on each line. Blank lines are passed over.
func (r *reader) jsonLines(body *bufio.Reader, name task.ObjectName, source string) error {
	for n := 1; ; n++ {
		line, err := readLine(body)
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			if r.ctx.Err() != nil {
				return r.ctx.Err()
			}
			return failf(err, "Line %d of the object '%s' in the bucket '%s' could not be read: %v", n, cut(name.Key), cut(name.Bucket), err)
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		v, err := value.Parse(line)
		if err != nil {
			return failf(err, "Line %d of the object '%s' in the bucket '%s' is not valid JSON: %v", n, cut(name.Key), cut(name.Bucket), err)
		}
		if err := r.emit(Item{Value: v, Source: source}); err != nil {
			return err
		}
	}
}

// readLine returns the next line with its end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxRow:
			return nil, errLongRow
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}
