package httptask

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// Resolver finds the addresses of a host. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var _ Resolver = (*net.Resolver)(nil)

// blockedError is the refusal to call an address. It does not tell which address a name has: that would show a definition what
// the names of the private network are.
type blockedError struct{ kind string }

func (e *blockedError) Error() string {
	return "it has " + e.kind + " address, which is not allowed here"
}

// guard decides which addresses may be dialled.
type guard struct {
	allow    []netip.Prefix
	all      bool
	resolver Resolver // nil: that of the dialer
	timeout  time.Duration
}

// dial connects to address, a host and a port. What is checked is the address that the system is about to connect to.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: g.timeout, KeepAlive: 30 * time.Second, Control: g.control}
	host, port, err := net.SplitHostPort(address)
	if err != nil || g.resolver == nil {
		return d.DialContext(ctx, network, address)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return d.DialContext(ctx, network, address)
	}
	addrs, err := g.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	var first error
	for _, a := range addrs {
		c, err := d.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return c, nil
		}
		if first == nil {
			first = err
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, err
}

// control is called by the dialer with the address to connect to, after the name was resolved and before a packet is sent.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return fmt.Errorf("httptask: network %q, expected tcp", network)
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("httptask: address: %w", err)
	}
	return g.check(a.Addr())
}

func (g *guard) check(a netip.Addr) error {
	if g.all {
		return nil
	}
	a = a.WithZone("").Unmap()
	for _, p := range g.allow {
		if p.Contains(a) {
			return nil
		}
	}
	if kind := blocked(a); kind != "" {
		return &blockedError{kind}
	}
	return nil
}

// network is a range of addresses that is not part of the public internet.
type network struct {
	prefix netip.Prefix
	kind   string // with its article
}

// special4 are the networks of IPv4 that are never called, special6 those within the global unicast range of IPv6.
//
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; 168.63.129.16 is the address of Azure's host agent, and
// 169.254.169.254, 169.254.170.2 and 100.100.100.200, where clouds keep credentials, are in the link-local and shared ranges.
var (
	special4 = []network{
		{netip.MustParsePrefix("0.0.0.0/8"), "an unspecified"},
		{netip.MustParsePrefix("10.0.0.0/8"), "a private"},
		{netip.MustParsePrefix("100.64.0.0/10"), "a shared (carrier-grade NAT)"},
		{netip.MustParsePrefix("127.0.0.0/8"), "a loopback"},
		{netip.MustParsePrefix("168.63.129.16/32"), "a metadata"},
		{netip.MustParsePrefix("169.254.0.0/16"), "a link-local"},
		{netip.MustParsePrefix("172.16.0.0/12"), "a private"},
		{netip.MustParsePrefix("192.0.0.0/24"), "a reserved"},
		{netip.MustParsePrefix("192.0.2.0/24"), "a documentation"},
		{netip.MustParsePrefix("192.88.99.0/24"), "a relay"},
		{netip.MustParsePrefix("192.168.0.0/16"), "a private"},
		{netip.MustParsePrefix("198.18.0.0/15"), "a benchmarking"},
		{netip.MustParsePrefix("198.51.100.0/24"), "a documentation"},
		{netip.MustParsePrefix("203.0.113.0/24"), "a documentation"},
		{netip.MustParsePrefix("224.0.0.0/4"), "a multicast"},
		{netip.MustParsePrefix("240.0.0.0/4"), "a reserved"},
	}
	special6 = []network{
		{netip.MustParsePrefix("2001::/23"), "a reserved"}, // Teredo, benchmarking, ORCHID and other protocol assignments
		{netip.MustParsePrefix("2001:db8::/32"), "a documentation"},
		{netip.MustParsePrefix("3fff::/20"), "a documentation"},
	}
	global6 = netip.MustParsePrefix("2000::/3")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4  = netip.MustParsePrefix("2002::/16")
	compat4 = netip.MustParsePrefix("::/96")
)

// blocked returns what kind of address a is when it is not a public one, "" when it is. Addresses of IPv6 that stand for one of
// IPv4 (mapped, NAT64, 6to4, ISATAP) are judged by that one.
func blocked(a netip.Addr) string {
	a = a.WithZone("").Unmap()
	if !a.IsValid() {
		return "an unspecified"
	}
	if a.Is4() {
		return find(special4, a)
	}
	b := a.As16()
	switch {
	case a.IsUnspecified():
		return "an unspecified"
	case a.IsLoopback():
		return "a loopback"
	case a.IsMulticast():
		return "a multicast"
	case a.IsLinkLocalUnicast():
		return "a link-local"
	case a.IsPrivate():
		return "a private"
	case nat64.Contains(a):
		return find(special4, netip.AddrFrom4([4]byte(b[12:16])))
	case compat4.Contains(a), !global6.Contains(a):
		return "a reserved"
	case sixTo4.Contains(a):
		if kind := find(special4, netip.AddrFrom4([4]byte(b[2:6]))); kind != "" {
			return kind
		}
	}
	// The interface identifiers 0:5efe and 200:5efe, ISATAP, carry an address of IPv4.
	if id := binary.BigEndian.Uint32(b[8:12]); id == 0x00005efe || id == 0x02005efe {
		if kind := find(special4, netip.AddrFrom4([4]byte(b[12:16]))); kind != "" {
			return kind
		}
	}
	return find(special6, a)
}

func find(list []network, a netip.Addr) string {
	for _, n := range list {
		if n.prefix.Contains(a) {
			return n.kind
		}
	}
	return ""
}
