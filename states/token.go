package states

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// ErrToken says that a text is no task token of this store.
var ErrToken = errors.New("states: not a task token")

const (
	tokenAddress = 16 // bytes: execution 8, frame 4, generation 4
	tokenSeal    = 16 // bytes of the HMAC-SHA-256
	tokenText    = 43 // characters of base64
)

// SealToken makes an unforgeable text form of ref, of 43 URL-safe characters: a task token is an address and a seal, so nobody
// has to remember it.
func SealToken(key [32]byte, ref Ref) string {
	var buf [tokenAddress]byte
	binary.BigEndian.PutUint64(buf[:8], uint64(ref.Exec))
	binary.BigEndian.PutUint32(buf[8:12], uint32(ref.Frame))
	binary.BigEndian.PutUint32(buf[12:], ref.Gen)
	return base64.RawURLEncoding.EncodeToString(append(buf[:], seal(key, buf[:])...))
}

// OpenToken returns the address in a token. The error is ErrToken when the text was not made by SealToken with this key.
func OpenToken(key [32]byte, token string) (Ref, error) {
	if len(token) != tokenText { // the decoder passes over line ends
		return Ref{}, ErrToken
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenAddress+tokenSeal || !hmac.Equal(raw[tokenAddress:], seal(key, raw[:tokenAddress])) {
		return Ref{}, ErrToken
	}
	return Ref{
		Exec:  ExecID(binary.BigEndian.Uint64(raw[:8])),
		Frame: FrameID(binary.BigEndian.Uint32(raw[8:12])),
		Gen:   binary.BigEndian.Uint32(raw[12:]),
	}, nil
}

func seal(key [32]byte, address []byte) []byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write(address)
	return mac.Sum(nil)[:tokenSeal]
}
