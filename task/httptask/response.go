package httptask

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// maxCause is how many characters of a cause a history shows.
const maxCause = 32_768

// response is what came back.
type response struct {
	status   int
	text     string // "Not Found"
	protocol string
	headers  []field // sorted by name, ignoring case
	kind     string  // media type, in lower case
	charset  string
	body     []byte // at most maxBody+1 bytes
}

func (r *response) code() string { return strconv.Itoa(r.status) }

// read reads a response up to the most bytes that count.
func (c *Client) read(ctx context.Context, hr *http.Response) (*response, error) {
	res := &response{status: hr.StatusCode, protocol: hr.Request.URL.Scheme}
	res.text = strings.TrimSpace(strings.TrimPrefix(hr.Status, strconv.Itoa(hr.StatusCode)))
	if res.text == "" {
		res.text = http.StatusText(hr.StatusCode)
	}
	for name, values := range hr.Header {
		for _, v := range values {
			res.headers = append(res.headers, field{name: name, text: strings.ToValidUTF8(v, "\uFFFD")})
		}
	}
	slices.SortStableFunc(res.headers, func(a, b field) int {
		return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	})
	kind, params, err := mime.ParseMediaType(hr.Header.Get("Content-Type"))
	if err != nil {
		kind, _, _ = strings.Cut(hr.Header.Get("Content-Type"), ";")
	}
	res.kind, res.charset = strings.ToLower(strings.TrimSpace(kind)), strings.ToLower(params["charset"])
	if res.body, err = io.ReadAll(io.LimitReader(hr.Body, maxBody+1)); err != nil {
		return nil, c.transportError(ctx, hr.Request.URL.Hostname(), err)
	}
	return res, nil
}

// output returns the result of the task, or its failure when the status is not 2xx: prefix and status are the error name.
func (r *response) output(prefix string, lower bool) (json.RawMessage, error) {
	body, err := r.value()
	if r.status/100 == 2 {
		if err != nil {
			return nil, err
		}
		return json.RawMessage(r.document(body, lower).AppendJSON(nil)), nil
	}
	cause := r.document(body, lower).JSON()
	if len(cause) > maxCause {
		text := value.FromString(cut(string(r.body), maxCause/4))
		if cause = r.document(text, lower).JSON(); len(cause) > maxCause {
			r.headers = nil
			cause = r.document(text, lower).JSON()
		}
	}
	return nil, task.Errorf(prefix+r.code(), "%s", cause)
}

// document is the shape of a result.
func (r *response) document(body value.Value, lower bool) value.Value {
	var headers []value.Member
	for _, h := range r.headers {
		name := h.name
		if lower {
			name = strings.ToLower(name)
		}
		if n := len(headers); n > 0 && headers[n-1].Key == name {
			headers[n-1].Value = value.FromArray(append(slices.Clone(headers[n-1].Value.Elems()), value.FromString(h.text)))
			continue
		}
		headers = append(headers, value.M(name, value.FromArray([]value.Value{value.FromString(h.text)})))
	}
	return value.Obj(
		value.M("Headers", value.FromMembers(headers)), value.M("ResponseBody", body),
		value.M("StatusCode", value.FromInt(int64(r.status))), value.M("StatusText", value.FromString(r.text)),
	)
}

// value returns the body as a document: parsed when it is JSON, otherwise a string.
func (r *response) value() (value.Value, error) {
	if len(r.body) > maxBody {
		return value.Value{}, tooLarge("response")
	}
	if isBinary(r.kind) {
		return value.Value{}, task.Errorf(errRuntime, "The response of the HTTP Task has the unsupported content type %.100q", r.kind)
	}
	text, ok := r.decode()
	if !ok {
		return value.Value{}, task.Errorf(errRuntime, "The response of the HTTP Task is not valid text")
	}
	if v, err := value.ParseString(text); err == nil {
		return v, nil
	}
	return value.FromString(text), nil
}

// decode returns the body as text. Besides UTF-8, the one-byte encoding that older servers declare is understood.
func (r *response) decode() (string, bool) {
	switch r.charset {
	case "iso-8859-1", "latin1":
		if utf8.Valid(r.body) {
			break // declared by habit
		}
		runes := make([]rune, len(r.body))
		for i, b := range r.body {
			runes[i] = rune(b)
		}
		return string(runes), true
	}
	return string(r.body), utf8.Valid(r.body)
}

// isBinary reports whether bodies of a media type are refused whatever they hold.
//
// Source: AWS Step Functions Developer Guide, "Call HTTPS APIs in Step Functions workflows", "HTTP Task response".
func isBinary(kind string) bool {
	if kind == "application/octet-stream" {
		return true
	}
	major, _, _ := strings.Cut(kind, "/")
	return major == "image" || major == "video" || major == "audio"
}

// cut returns the first bytes of s, without half a character, and without what is no text.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
