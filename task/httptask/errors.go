package httptask

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/gait-engine/gait/task"
)

// The error names of http:invoke.
//
// Source: AWS Step Functions Developer Guide, "Call HTTPS APIs in Step Functions workflows", "HTTP Task response and error handling".
const (
	errRuntime       = "States.Runtime"
	errDataLimit     = "States.DataLimitExceeded"
	errSocket        = "States.Http.Socket"
	connectionPrefix = "Events.ConnectionResource."
)

// errSlow is why a context ends when a call takes too long.
var errSlow = errors.New("httptask: the call took too long")

func tooLarge(what string) error {
	return task.Errorf(errDataLimit, "The %s of the HTTP Task exceeds the maximum size of %d bytes", what, maxBody)
}

// ended returns what a call whose context has ended fails with.
func (c *Client) ended(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errSlow) {
		return task.Errorf(errSocket, "The HTTP request was not answered within %v", c.cfg.Timeout)
	}
	return ctx.Err()
}

// transportError words why there is no response. The text of err is not shown: it holds the URL with its query.
func (c *Client) transportError(ctx context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return c.ended(ctx)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		if to, e := url.Parse(u.URL); e == nil && to.Hostname() != "" {
			host = to.Hostname() // of the redirect that failed
		}
		err = u.Err
	}
	return task.Errorf(task.TaskFailed, "Unable to execute HTTP request to %s: %s", host, reason(err))
}

// reason words an error of the transport without addresses.
func reason(err error) string {
	var (
		blocked  *blockedError
		dns      *net.DNSError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		op       *net.OpError
		errno    syscall.Errno
	)
	switch {
	case errors.As(err, &blocked):
		return blocked.Error()
	case errors.As(err, &dns):
		if dns.IsTimeout {
			return "the name server did not answer"
		}
		return "Name or service not known"
	case errors.As(err, &unknown):
		return "its certificate is signed by an unknown authority"
	case errors.As(err, &hostname):
		return "its certificate is for another host"
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "its certificate is not valid"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &op) && op.Timeout():
		return "the connection was not made in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the response was complete"
	}
	// net/http has no types for these; only the words of the cause hang on it.
	if text := err.Error(); strings.Contains(text, "header") && (strings.Contains(text, "exceeded") || strings.Contains(text, "larger")) {
		return "its headers are too large"
	}
	return "the response could not be read as HTTP"
}
