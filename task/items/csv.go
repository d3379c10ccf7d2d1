package items

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// maxRow bounds one row of a CSV object and one line of a JSON Lines object, in bytes.
const maxRow = 8 << 20

var delimiters = map[string]byte{"": ',', "COMMA": ',', "PIPE": '|', "SEMICOLON": ';', "SPACE": ' ', "TAB": '\t'}

// csv yields the rows of a CSV object: objects of texts. Cells that a short row lacks are empty, those that a long one has
// too many are dropped.
//
// Source: recorded, also that a blank line is a row and that single quotes are ordinary.
func (r *reader) csv(body *bufio.Reader, name task.ObjectName, source string) error {
	delimiter, ok := delimiters[r.src.CSVDelimiter]
	if !ok {
		return failf(nil, "The CSVDelimiter '%s' is not supported.", cut(r.src.CSVDelimiter))
	}
	rows := &csvRows{in: body, delimiter: delimiter}
	headers := r.src.CSVHeaders
	if r.src.CSVHeaderLocation != "GIVEN" {
		first, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.badRow(name, rows, err)
		}
		headers = first
	}
	seen := make(map[string]bool, len(headers))
	for _, h := range headers {
		if seen[h] {
			return failf(nil, "CSV headers cannot contain duplicates.")
		}
		seen[h] = true
	}
	return r.rows(rows, headers, name, source)
}

// rows yields the rows that follow.
func (r *reader) rows(rows *csvRows, headers []string, name task.ObjectName, source string) error {
	for {
		cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.badRow(name, rows, err)
		}
		members := make([]value.Member, len(headers))
		for i, h := range headers {
			cell := ""
			if i < len(cells) {
				cell = cells[i]
			}
			members[i] = value.M(h, value.FromString(cell))
		}
		if err := r.emit(Item{Value: value.FromMembers(members), Source: source}); err != nil {
			return err
		}
	}
}

func (r *reader) badRow(name task.ObjectName, rows *csvRows, err error) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	return failf(err, "Row %d of the object '%s' in the bucket '%s' could not be read: %v", rows.n, cut(name.Key), cut(name.Bucket), err)
}

var errLongRow = errors.New("it is longer than 8 MiB")

// csvRows reads rows as RFC 4180 has them, but for rows of any length and quotes in the middle of a cell, which are ordinary.
type csvRows struct {
	in        *bufio.Reader
	delimiter byte
	n         int
}

// next returns the cells of the next row. A line end after the last row begins no other.
func (c *csvRows) next() ([]string, error) {
	c.n++
	if c.n == 1 {
		if mark, _ := c.in.Peek(3); string(mark) == "\ufeff" {
			_, _ = c.in.Discard(3) // they are in the buffer
		}
	}
	if _, err := c.in.Peek(1); err != nil {
		return nil, err
	}
	var cells []string
	var cell strings.Builder
	size, quoted, begin := 0, false, true
	for {
		b, err := c.in.ReadByte()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if size++; size > maxRow {
			return nil, errLongRow
		}
		switch {
		case err != nil:
			return append(cells, cell.String()), nil
		case quoted:
			if b != '"' {
				cell.WriteByte(b)
				continue
			}
			if after, _ := c.in.Peek(1); len(after) == 1 && after[0] == '"' {
				_, _ = c.in.Discard(1)
				cell.WriteByte('"')
				continue
			}
			quoted = false
		case b == '"' && begin:
			quoted, begin = true, false
			continue
		case b == c.delimiter:
			cells = append(cells, cell.String())
			cell.Reset()
			begin = true
			continue
		case b == '\r':
			if after, _ := c.in.Peek(1); len(after) == 1 && after[0] == '\n' {
				continue
			}
			return append(cells, cell.String()), nil
		case b == '\n':
			return append(cells, cell.String()), nil
		default:
			cell.WriteByte(b)
		}
		begin = false
	}
}
