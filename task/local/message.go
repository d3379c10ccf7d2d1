package local

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Message is what arrives at a queue or a subscriber. It must not be modified: it may have been given to others too.
type Message struct {
	ID         string
	Body       string // the MessageBody, the Message of a topic, or the Detail of an event, as text
	Attributes map[string]Attribute
	Group      string // MessageGroupId
	Sequence   string // SequenceNumber of FIFO queues and topics
	Sent       time.Time
	Source     string // the URL of the queue, or the ARN of the topic or bus

	Subject string // of a topic's message
	// Event has what an event has beside its Detail; nil for messages.
	Event *Event
}

// Event is what an event has beside its Detail.
type Event struct {
	DetailType, Source, Account, Region string
	Resources                           []string
}

// Attribute is one of MessageAttributes.
type Attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue string `json:",omitempty"` // in Base64
}

// Decode decodes the body, which is JSON, into v.
func (m Message) Decode(v any) error { return json.Unmarshal([]byte(m.Body), v) }

// Envelope returns what AWS would deliver over HTTP: the JSON document of a notification for a topic, the event for a bus, the body
// for a queue.
func (m Message) Envelope() []byte {
	var doc any
	switch {
	case m.Event != nil:
		doc = struct {
			Version    string          `json:"version"`
			ID         string          `json:"id"`
			DetailType string          `json:"detail-type"`
			Source     string          `json:"source"`
			Account    string          `json:"account"`
			Time       string          `json:"time"`
			Region     string          `json:"region"`
			Resources  []string        `json:"resources"`
			Detail     json.RawMessage `json:"detail"`
		}{"0", m.ID, m.Event.DetailType, m.Event.Source, m.Event.Account, m.Sent.UTC().Format(time.RFC3339), m.Event.Region,
			append([]string{}, m.Event.Resources...), json.RawMessage(m.Body)}
	case isTopic(m.Source):
		attributes := map[string]map[string]string{}
		for name, a := range m.Attributes {
			attributes[name] = map[string]string{"Type": a.DataType, "Value": a.StringValue + a.BinaryValue}
		}
		doc = struct {
			Type              string
			MessageID         string `json:"MessageId"`
			SequenceNumber    string `json:",omitempty"`
			TopicARN          string `json:"TopicArn"`
			Subject           string `json:",omitempty"`
			Message           string
			Timestamp         string
			MessageAttributes map[string]map[string]string `json:",omitempty"`
		}{"Notification", m.ID, m.Sequence, m.Source, m.Subject, m.Body, m.Sent.UTC().Format("2006-01-02T15:04:05.000Z"), attributes}
	default:
		return []byte(m.Body)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		panic("local: " + err.Error()) // only a Detail that is no JSON could do that, and those are refused
	}
	return text
}

func md5Hex(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// attributesMD5 returns MD5OfMessageAttributes, "" when there are none.
//
// Source: Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
func attributesMD5(attributes map[string]Attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	var b []byte
	part := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		part(name)
		part(a.DataType)
		if a.BinaryValue != "" {
			raw, err := base64.StdEncoding.DecodeString(a.BinaryValue)
			if err != nil {
				raw = []byte(a.BinaryValue)
			}
			b = append(b, 2)
			part(string(raw))
		} else {
			b = append(b, 1)
			part(a.StringValue)
		}
	}
	return md5Hex(b)
}

// fifo numbers the messages of a FIFO queue or topic and recognises those that come twice within five minutes.
//
// Source: Amazon SQS Developer Guide, "Using the message deduplication ID".
type fifo struct {
	last int64
	seen map[string]receipt // by deduplication id
	line []string           // deduplication ids, oldest first
}

// receipt is what the sender of a message got.
type receipt struct {
	id, sequence string
	at           time.Time
}

const dedupWindow = 5 * time.Minute

// repeated returns what the sender of the same message got before.
func (f *fifo) repeated(dedup string, now time.Time) (receipt, bool) {
	for len(f.line) > 0 && now.Sub(f.seen[f.line[0]].at) >= dedupWindow {
		delete(f.seen, f.line[0])
		f.line = f.line[1:]
	}
	r, ok := f.seen[dedup]
	return r, ok
}

// accept numbers a message that is not repeated.
func (f *fifo) accept(dedup, id string, now time.Time) receipt {
	f.last++
	r := receipt{id, fmt.Sprintf("%020d", f.last), now}
	if f.seen == nil {
		f.seen = map[string]receipt{}
	}
	f.seen[dedup] = r
	f.line = append(f.line, dedup)
	return r
}
