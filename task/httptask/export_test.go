package httptask

import (
	"context"
	"net"
	"net/netip"
)

// DialOf returns how a client makes connections.
func DialOf(c *Client) func(ctx context.Context, network, address string) (net.Conn, error) {
	return c.transport.DialContext
}

// Blocked tells why an address is not called.
func Blocked(a netip.Addr) string { return blocked(a) }
