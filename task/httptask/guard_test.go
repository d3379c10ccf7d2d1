package httptask_test

import (
	"net/netip"
	"testing"

	"github.com/gait-engine/gait/task/httptask"
)

func TestOnlyPublicAddressesAreCalled(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.0.1",
		"168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
		"192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
		"64:ff9b::169.254.169.254", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
		"2002:c0a8:101::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
		"2600::5efe:10.0.0.1", "2600::200:5efe:192.168.0.1",
	} {
		if httptask.Blocked(netip.MustParseAddr(text)) == "" {
			t.Errorf("%s may be called", text)
		}
	}
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "168.63.129.17", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255",
		"198.17.255.255", "198.20.0.1", "223.255.255.255", "2600::1", "2606:4700:4700::1111", "2a00:1450::1", "2002:808:808::1", "64:ff9b::8.8.8.8",
		"::ffff:8.8.8.8", "2600::5efe:8.8.8.8",
	} {
		if kind := httptask.Blocked(netip.MustParseAddr(text)); kind != "" {
			t.Errorf("%s may not be called: %s address", text, kind)
		}
	}
	if httptask.Blocked(netip.Addr{}) == "" {
		t.Error("no address at all may be called")
	}
}

func FuzzBlocked(f *testing.F) {
	for _, text := range []string{"127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"} {
		f.Add(netip.MustParseAddr(text).AsSlice())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		unmapped := a.Unmap()
		public := httptask.Blocked(a) == ""
		if public != (httptask.Blocked(unmapped) == "") {
			t.Errorf("%v and %v are judged differently", a, unmapped)
		}
		if public && (unmapped.IsLoopback() || unmapped.IsPrivate() || unmapped.IsLinkLocalUnicast() || unmapped.IsMulticast() || unmapped.IsUnspecified()) {
			t.Errorf("%v may be called", a)
		}
		if unmapped.Is4() { // every way to write it in IPv6
			v4 := unmapped.As4()
			for _, prefix := range [][]byte{{0: 0x00, 1: 0x64, 2: 0xff, 3: 0x9b, 11: 0}, {0: 0x20, 1: 0x02}} {
				w := append([]byte(nil), prefix...)
				w = append(w, v4[:]...)
				w = append(w, make([]byte, 16-len(w))...)
				if other, _ := netip.AddrFromSlice(w); httptask.Blocked(other) == "" && !public {
					t.Errorf("%v stands for %v and may be called", other, a)
				}
			}
		}
	})
}
