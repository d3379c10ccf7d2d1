package states_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gait-engine/gait/states"
)

func TestTokensOpenOnlyAsTheyWereSealed(t *testing.T) {
	t.Parallel()
	key, other := [32]byte{1, 2, 3}, [32]byte{1, 2, 4}
	for _, ref := range []states.Ref{{}, {Exec: 1, Frame: 2, Gen: 3}, {Exec: 1<<63 - 1, Frame: 1<<31 - 1, Gen: 1<<32 - 1}, {Exec: -1, Frame: -1}} {
		token := states.SealToken(key, ref)
		if len(token) != 43 || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%v: %q is not 43 URL-safe characters", ref, token)
		}
		if got, err := states.OpenToken(key, token); err != nil || got != ref {
			t.Errorf("got %v, %v, want %v", got, err, ref)
		}
		if _, err := states.OpenToken(other, token); !errors.Is(err, states.ErrToken) {
			t.Errorf("another key opens the token of %v", ref)
		}
		for i := range token {
			forged := []byte(token)
			if forged[i]++; forged[i] == token[i] {
				continue
			}
			if got, err := states.OpenToken(key, string(forged)); !errors.Is(err, states.ErrToken) {
				t.Errorf("%q, forged at %d, opens as %v, %v", forged, i, got, err)
			}
		}
		for _, bad := range []string{"", token[:42], token + "A", token + "=", token + "\n", token[:5] + "\n" + token[5:], token[:5] + "\r\n" + token[7:], " " + token} {
			if got, err := states.OpenToken(key, bad); !errors.Is(err, states.ErrToken) {
				t.Errorf("%q opens as %v, %v", bad, got, err)
			}
		}
	}
}

func FuzzOpenToken(f *testing.F) {
	key := [32]byte{9}
	f.Add(states.SealToken(key, states.Ref{Exec: 5, Frame: 1, Gen: 4}))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		ref, err := states.OpenToken(key, token)
		if err == nil && states.SealToken(key, ref) != token {
			t.Errorf("%q opens as %v, whose token is another", token, ref)
		}
	})
}
