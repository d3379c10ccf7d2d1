package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/local"
)

const (
	sendMessage = "arn:aws:states:::sqs:sendMessage"
	publish     = "arn:aws:states:::sns:publish"
	putEvents   = "arn:aws:states:::events:putEvents"
)

// services returns services whose messages are called id-1, id-2, …
func services(t *testing.T, cfg local.Config) (*local.Services, *task.Mux) {
	t.Helper()
	var mu sync.Mutex
	n := 0
	cfg.NewID = func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("id-%d", n)
	}
	s := local.New(cfg)
	t.Cleanup(func() { s.Close(context.Background()) })
	var m task.Mux
	s.Register(&m)
	return s, &m
}

func call(t *testing.T, m *task.Mux, resource, input string) (string, *task.Error) {
	t.Helper()
	r, ok := m.Lookup("m", "S", resource)
	if !ok {
		t.Fatalf("nothing answers %s", resource)
	}
	out, failure := task.Call(t.Context(), r.Handler, &task.Request{Resource: resource, State: "S", Key: "key-1",
		Execution: "arn:aws:states:us-east-1:000000000000:execution:m:e", Input: []byte(input)})
	return string(out), failure
}

// members returns some members of a result.
func members(t *testing.T, text string, names ...string) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	some := map[string]any{}
	for _, name := range names {
		if v, ok := all[name]; ok {
			some[name] = v
		}
	}
	return some
}

func TestMessagesArriveInAQueue(t *testing.T) {
	t.Parallel()
	s, m := services(t, local.Config{})
	q := s.Queue("orders")
	if q.URL() != "https://sqs.us-east-1.amazonaws.com/000000000000/orders" || q.ARN() != "arn:aws:sqs:us-east-1:000000000000:orders" || s.Queue("orders") != q {
		t.Errorf("queue %s %s", q.URL(), q.ARN())
	}
	out, failure := call(t, m, sendMessage, `{"QueueUrl":"`+q.URL()+`","MessageBody":{"a":1.0,"b":"ä"},"MessageAttributes":{"n":{"DataType":"String","StringValue":"v"}}}`)
	if failure != nil {
		t.Fatal(failure)
	}
	got := members(t, out, "MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata", "MD5OfMessageAttributes")
	if got["SdkHttpMetadata"] == nil || got["SdkResponseMetadata"] == nil || len(got["MD5OfMessageAttributes"].(string)) != 32 || got["MessageId"] != "id-1" {
		t.Errorf("result %s", out)
	}
	for range 3 {
		if _, failure := call(t, m, sendMessage+".waitForTaskToken", `{"QueueUrl":"`+q.URL()+`","MessageBody":"text"}`); failure != nil {
			t.Fatal(failure)
		}
	}
	if q.Len() != 4 {
		t.Errorf("%d messages, want 4", q.Len())
	}
	first, err := q.Receive(t.Context())
	if err != nil || first.Body != `{"a":1.0,"b":"ä"}` || first.ID != "id-1" || first.Attributes["n"].StringValue != "v" || first.Source != q.URL() {
		t.Errorf("received %+v, %v", first, err)
	}
	if second := <-q.Messages(); second.ID != "id-2" || second.Body != "text" {
		t.Errorf("received %+v", second)
	}
	out, failure = call(t, m, "arn:aws:states:::aws-sdk:sqs:receiveMessage", `{"QueueUrl":"`+q.URL()+`","MaxNumberOfMessages":10}`)
	if failure != nil || !strings.Contains(out, `"MessageId":"id-3"`) || !strings.Contains(out, `"MessageId":"id-4"`) {
		t.Errorf("received %s %v", out, failure)
	}
	if out, failure = call(t, m, "arn:aws:states:::aws-sdk:sqs:receiveMessage", `{"QueueUrl":"`+q.URL()+`"}`); failure != nil || out != "{}" {
		t.Errorf("received %s %v, want nothing", out, failure)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Receive: %v", err)
	}
}

// Source: Amazon SQS API Reference, "SendMessage", the sample response.
func TestDigests(t *testing.T) {
	t.Parallel()
	s, m := services(t, local.Config{})
	out, failure := call(t, m, sendMessage, `{"QueueUrl":"`+s.Queue("q").URL()+`","MessageBody":"This is a test message"}`)
	if got := members(t, out, "MD5OfMessageBody")["MD5OfMessageBody"]; failure != nil || got != "fafb00f5732ab283681e124bf8747ed1" {
		t.Errorf("%v %v", got, failure)
	}
}

// Source: recorded executions, but for the texts of FIFO queues and of sizes.
func TestErrorsAreThoseOfAWS(t *testing.T) {
	t.Parallel()
	s, m := services(t, local.Config{Capacity: 1})
	q := s.Queue("q").URL()
	f := s.Queue("f.fifo").URL()
	s.Topic("t")
	full := s.Queue("full").URL()
	crowded := s.Topic("crowded")
	crowded.SubscribeQueue(s.Queue("full"), true)
	release := make(chan struct{})
	defer close(release)
	busy := s.Bus("busy")
	busy.Subscribe(nil, func(context.Context, local.Message) error { <-release; return nil })
	if _, failure := call(t, m, sendMessage, `{"QueueUrl":"`+full+`","MessageBody":"x"}`); failure != nil {
		t.Fatal(failure)
	}
	const ending = "; Request ID: key-1; Proxy: null)"
	tests := []struct{ resource, input, name, cause string }{
		{sendMessage, `{"QueueUrl":"` + q + `","MessageBody":null}`, "SQS.AmazonSQSException",
			"The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: 400; Error Code: MissingParameter" + ending},
		{sendMessage, `{"QueueUrl":"http://no-such-queue","MessageBody":"m"}`, "SQS.SdkClientException",
			"Unable to execute HTTP request: no-such-queue: Name or service not known"},
		{sendMessage, `{"QueueUrl":"https://sqs.us-east-1.amazonaws.com/1/none","MessageBody":"m"}`, "SQS.QueueDoesNotExistException",
			"The specified queue does not exist. (Service: AmazonSQS; Status Code: 400; Error Code: QueueDoesNotExist" + ending},
		{sendMessage, `{"QueueUrl":"` + f + `","MessageBody":"m"}`, "SQS.AmazonSQSException",
			"The request must contain the parameter MessageGroupId. (Service: AmazonSQS; Status Code: 400; Error Code: MissingParameter" + ending},
		{sendMessage, `{"QueueUrl":"` + q + `","MessageBody":"m","DelaySeconds":901}`, "SQS.AmazonSQSException",
			"Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900. (Service: AmazonSQS; Status Code: 400; Error Code: InvalidParameterValue" + ending},
		{sendMessage, `{"QueueUrl":"` + q + `","MessageBody":"` + strings.Repeat("x", 262_145) + `"}`, "SQS.AmazonSQSException",
			"One or more parameters are invalid. Reason: Message must be shorter than 262144 bytes. (Service: AmazonSQS; Status Code: 400; Error Code: InvalidParameterValue" + ending},
		{sendMessage, `{"QueueUrl":"` + full + `","MessageBody":"m"}`, "SQS.OverLimitException",
			"The queue is full. (Service: AmazonSQS; Status Code: 403; Error Code: OverLimit" + ending},
		{publish, `{"TopicArn":"arn:aws:sns:us-east-1:000000000000:none","Message":"m"}`, "SNS.NotFoundException",
			"Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound" + ending},
		{publish, `{"TopicArn":"` + s.Topic("t.fifo").ARN() + `","Message":{"a":1}}`, "SNS.InvalidParameterException",
			"Invalid parameter: The MessageGroupId parameter is required for FIFO topics (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter" + ending},
		{publish, `{"TopicArn":"nonsense","Message":"m"}`, "SNS.InvalidParameterException",
			"Invalid parameter: TopicArn (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter" + ending},
		{publish, `{"TopicArn":"` + s.Topic("t").ARN() + `","Message":"{}","MessageStructure":"json"}`, "SNS.InvalidParameterException",
			"Invalid parameter: Message Structure - No default entry in JSON message body (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter" + ending},
		{publish, `{"TopicArn":"` + crowded.ARN() + `","Message":"m"}`, "SNS.ThrottledException",
			"A subscription of the topic is full. (Service: AmazonSNS; Status Code: 429; Error Code: Throttled" + ending},
		{putEvents, `{"Entries":[{"Detail":"{\"Message\": \"HelloWorld0\"}","DetailType":"t","Source":"s"},{"Detail":"\"jsonstring\"","DetailType":"t","Source":"s"}]}`,
			"EventBridge.FailedEntry", `{"Entries":[{"EventId":"id-1"},{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}],"FailedEntryCount":1}`},
		{putEvents, `{"Entries":[{"Detail":{"Message":"HelloWorld"},"DetailType":"detail-type"}]}`, "EventBridge.FailedEntry",
			`{"Entries":[{"ErrorCode":"InvalidArgument","ErrorMessage":"Parameter Source is not valid. Reason: Source is a required argument."}],"FailedEntryCount":1}`},
		{putEvents, `{"Entries":[{"Detail":{},"DetailType":"t","Source":"s","EventBusName":"none"}]}`, "EventBridge.FailedEntry",
			`{"Entries":[{"ErrorCode":"ResourceNotFoundException","ErrorMessage":"Event bus none does not exist."}],"FailedEntryCount":1}`},
	}
	for _, tt := range tests {
		out, failure := call(t, m, tt.resource, tt.input)
		if failure == nil {
			t.Errorf("%s with %.100s: %s, want %s", tt.resource, tt.input, out, tt.name)
			continue
		}
		cause := failure.Cause
		if i := strings.Index(cause, `"EventId":"id-`); i >= 0 {
			cause = cause[:i] + `"EventId":"id-1` + cause[i+len(`"EventId":"id-`)+1:]
		}
		if failure.Name != tt.name || cause != tt.cause {
			t.Errorf("%s with %.100s:\n got %s: %s\nwant %s: %s", tt.resource, tt.input, failure.Name, cause, tt.name, tt.cause)
		}
	}
}

func TestTopicsTellEverySubscriber(t *testing.T) {
	t.Parallel()
	s, m := services(t, local.Config{})
	topic := s.Topic("alerts")
	got := make(chan string, 9)
	topic.Subscribe(func(_ context.Context, msg local.Message) error { got <- msg.Subject + ": " + msg.Body; return nil })
	topic.Subscribe(func(context.Context, local.Message) error { panic("mine alone") })
	raw, wrapped := s.Queue("raw"), s.Queue("wrapped")
	topic.SubscribeQueue(raw, true)
	topic.SubscribeQueue(wrapped, false)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Header.Get("X-Amz-Sns-Message-Type") + " " + string(body)[:21]
	})
	topic.Subscribe(local.Webhook(mux, "/hook"))
	out, failure := call(t, m, publish, `{"TopicArn":"`+topic.ARN()+`","Subject":"Fire","Message":{"where":"here"}}`)
	if failure != nil || members(t, out, "MessageId")["MessageId"] != "id-1" {
		t.Fatal(out, failure)
	}
	seen := map[string]bool{<-got: true, <-got: true}
	if !seen[`Fire: {"where":"here"}`] || !seen[`Notification {"Type":"Notification`] {
		t.Errorf("subscribers got %v", seen)
	}
	if msg := <-raw.Messages(); msg.Body != `{"where":"here"}` {
		t.Errorf("raw queue: %s", msg.Body)
	}
	var notice struct{ Type, TopicArn, Message, Subject, MessageId string }
	if msg := <-wrapped.Messages(); msg.Decode(&notice) != nil || notice.Message != `{"where":"here"}` || notice.TopicArn != topic.ARN() || notice.MessageId != "id-1" {
		t.Errorf("queue: %s", msg.Body)
	}
	if _, failure = call(t, m, publish, `{"TargetArn":"`+topic.ARN()+`","MessageStructure":"json","Message":{"default":"d","sms":"s"}}`); failure != nil {
		t.Fatal(failure)
	}
	if text := <-got; text != ": d" && text != `Notification {"Type":"Notification` {
		t.Errorf("got %s", text)
	}
}

func TestEventsGoToTheirBus(t *testing.T) {
	t.Parallel()
	s, m := services(t, local.Config{})
	got := make(chan local.Message, 9)
	put := func(_ context.Context, msg local.Message) error { got <- msg; return nil }
	s.Bus("default").Subscribe(func(msg local.Message) bool { return msg.Event.Source == "shop" }, put)
	s.Bus("other").Subscribe(nil, put)
	out, failure := call(t, m, putEvents, `{"Entries":[{"Detail":{"n":1},"DetailType":"Paid","Source":"shop","Resources":["r"]},
		{"Detail":{"n":2},"DetailType":"Paid","Source":"else"},{"Detail":{"n":3},"DetailType":"Sent","Source":"else","EventBusName":"`+s.Bus("other").ARN()+`","Time":1735787045678}]}`)
	want := `{"Entries":[{"EventId":"id-1"},{"EventId":"id-2"},{"EventId":"id-3"}],"FailedEntryCount":0}`
	if failure != nil || out != want {
		t.Fatalf("%s %v, want %s", out, failure, want)
	}
	byID := map[string]local.Message{}
	for range 2 {
		msg := <-got
		byID[msg.ID] = msg
	}
	wantEvent := &local.Event{DetailType: "Paid", Source: "shop", Account: "000000000000", Region: "us-east-1",
		Resources: []string{"r", "arn:aws:states:us-east-1:000000000000:stateMachine:m", "arn:aws:states:us-east-1:000000000000:execution:m:e"}}
	if diff := cmp.Diff(wantEvent, byID["id-1"].Event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	wantText := `{"version":"0","id":"id-3","detail-type":"Sent","source":"else","account":"000000000000","time":"2025-01-02T03:04:05Z","region":"us-east-1",` +
		`"resources":["arn:aws:states:us-east-1:000000000000:stateMachine:m","arn:aws:states:us-east-1:000000000000:execution:m:e"],"detail":{"n":3}}`
	if text := string(byID["id-3"].Envelope()); text != wantText {
		t.Errorf("envelope %s\nwant %s", text, wantText)
	}
}

func TestFIFOQueuesDropWhatComesTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, m := services(t, local.Config{})
		q, topic := s.Queue("q.fifo"), s.Topic("t.fifo")
		topic.SubscribeQueue(q, true)
		send := func(body, dedup string) map[string]any {
			out, failure := call(t, m, sendMessage, `{"QueueUrl":"`+q.URL()+`","MessageBody":"`+body+`","MessageGroupId":"g","MessageDeduplicationId":"`+dedup+`"}`)
			if failure != nil {
				t.Fatal(failure)
			}
			return members(t, out, "MessageId", "SequenceNumber")
		}
		first := send("a", "1")
		if again := send("b", "1"); !cmp.Equal(first, again) || q.Len() != 1 {
			t.Errorf("%v and %v, %d messages: want the same and one", first, again, q.Len())
		}
		time.Sleep(5 * time.Minute)
		if later := send("b", "1"); cmp.Equal(first, later) || q.Len() != 2 {
			t.Errorf("%v and %v, %d messages: want another and two", first, later, q.Len())
		}
		for range 2 {
			if _, failure := call(t, m, publish, `{"TopicArn":"`+topic.ARN()+`","Message":"m","MessageGroupId":"g"}`); failure != nil {
				t.Fatal(failure)
			}
		}
		if q.Len() != 3 {
			t.Errorf("%d messages, want 3", q.Len())
		}
		s.Close(t.Context())
	})
}

func TestDelayedMessagesComeLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, m := services(t, local.Config{Capacity: 2})
		q := s.Queue("q")
		for _, delay := range []string{"60", "0"} {
			if _, failure := call(t, m, sendMessage, `{"QueueUrl":"`+q.URL()+`","MessageBody":"after `+delay+`","DelaySeconds":`+delay+`}`); failure != nil {
				t.Fatal(failure)
			}
		}
		if _, failure := call(t, m, sendMessage, `{"QueueUrl":"`+q.URL()+`","MessageBody":"x"}`); failure == nil || failure.Name != "SQS.OverLimitException" {
			t.Errorf("%v, want no room beside a delayed message", failure)
		}
		began := time.Now()
		for _, want := range []string{"after 0", "after 60"} {
			if msg, err := q.Receive(t.Context()); err != nil || msg.Body != want {
				t.Errorf("%v %v, want %s", msg.Body, err, want)
			}
		}
		if d := time.Since(began); d != time.Minute {
			t.Errorf("after %v, want a minute", d)
		}
		out, failure := call(t, m, "arn:aws:states:::aws-sdk:sqs:receiveMessage", `{"QueueUrl":"`+q.URL()+`","WaitTimeSeconds":20}`)
		if failure != nil || out != "{}" || time.Since(began) != 80*time.Second {
			t.Errorf("%s %v after %v, want nothing after 20 s", out, failure, time.Since(began)-time.Minute)
		}
		if _, failure := call(t, m, sendMessage, `{"QueueUrl":"`+q.URL()+`","MessageBody":"never","DelaySeconds":9}`); failure != nil {
			t.Fatal(failure)
		}
		s.Close(t.Context())
		time.Sleep(time.Minute)
		if _, err := q.Receive(t.Context()); !errors.Is(err, local.ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
	})
}

func TestCloseLetsSubscribersFinish(t *testing.T) {
	t.Parallel()
	s, m := services(t, local.Config{})
	topic, q := s.Topic("t"), s.Queue("q")
	var mu sync.Mutex
	n := 0
	topic.Subscribe(func(context.Context, local.Message) error {
		mu.Lock()
		defer mu.Unlock()
		n++
		return errors.New("ignored")
	})
	for range 100 {
		if _, failure := call(t, m, publish, `{"TopicArn":"`+topic.ARN()+`","Message":"m"}`); failure != nil {
			t.Fatal(failure)
		}
	}
	if _, failure := call(t, m, sendMessage, `{"QueueUrl":"`+q.URL()+`","MessageBody":"left"}`); failure != nil {
		t.Fatal(failure)
	}
	for range 2 {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n != 100 {
		t.Errorf("%d messages, want 100", n)
	}
	if msg, err := q.Receive(t.Context()); err != nil || msg.Body != "left" {
		t.Errorf("%v %v", msg, err)
	}
	if _, err := q.Receive(t.Context()); !errors.Is(err, local.ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
	for _, r := range []struct{ resource, input string }{{sendMessage, `{"QueueUrl":"` + q.URL() + `","MessageBody":"m"}`},
		{publish, `{"TopicArn":"` + topic.ARN() + `","Message":"m"}`}, {putEvents, `{"Entries":[{"Detail":{},"DetailType":"t","Source":"s"}]}`}} {
		if out, failure := call(t, m, r.resource, r.input); failure == nil || !strings.HasSuffix(failure.Name, ".SdkClientException") {
			t.Errorf("%s after Close: %s %v", r.resource, out, failure)
		}
	}
}

func TestCloseEndsSubscribersThatHang(t *testing.T) {
	t.Parallel()
	s, m := services(t, local.Config{})
	topic := s.Topic("t")
	topic.Subscribe(func(ctx context.Context, _ local.Message) error { <-ctx.Done(); return ctx.Err() })
	for range 3 {
		if _, failure := call(t, m, publish, `{"TopicArn":"`+topic.ARN()+`","Message":"m"}`); failure != nil {
			t.Fatal(failure)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v", err)
	}
}

func TestMessagesArePosted(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + string(body)
		if r.URL.Path == "/no" {
			w.WriteHeader(503)
		}
	}))
	defer server.Close()
	m := local.Message{ID: "1", Body: `{"a":1}`}
	if err := local.Post(server.Client(), server.URL)(t.Context(), m); err != nil {
		t.Error(err)
	}
	if text := <-got; text != `POST {"a":1}` {
		t.Errorf("got %s", text)
	}
	if err := local.Post(nil, server.URL+"/no")(t.Context(), m); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("%v, want the status", err)
	}
	no := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	if err := local.Webhook(no, "/")(t.Context(), m); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("%v, want the status", err)
	}
}
