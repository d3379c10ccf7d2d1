package intrinsic

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// maxCharacters is the longest text that States.Hash and the base64 functions take.
const maxCharacters = 10000

// bounded returns argument i, which must be a string of at most 10,000 characters.
func bounded(args []value.Value, i int) (string, error) {
	s, err := text(args, i)
	if err == nil && utf8.RuneCountInString(s) > maxCharacters {
		err = failf("Argument %d has more than %d characters", i+1, maxCharacters)
	}
	return s, err
}

// base64Encode is States.Base64Encode(string): the UTF-8 bytes in the standard alphabet, padded.
func base64Encode(args []value.Value) (value.Value, error) {
	s, err := bounded(args, 0)
	if err != nil {
		return value.Value{}, err
	}
	return value.FromString(base64.StdEncoding.EncodeToString([]byte(s))), nil
}

// base64Decode is States.Base64Decode(string). As with Java's decoder the padding may be missing and white space is refused. Bytes
// that are not UTF-8 become U+FFFD.
func base64Decode(args []value.Value) (value.Value, error) {
	s, err := bounded(args, 0)
	if err != nil {
		return value.Value{}, err
	}
	encoding := base64.StdEncoding
	if !strings.HasSuffix(s, "=") {
		encoding = base64.RawStdEncoding
	}
	if at := strings.IndexAny(s, "\r\n"); at >= 0 { // which Go's decoder skips
		return value.Value{}, failf("Illegal base64 character at %d", at)
	}
	b, err := encoding.DecodeString(s)
	if err != nil {
		return value.Value{}, failf("Invalid base64: %s", err.Error())
	}
	return value.FromString(strings.ToValidUTF8(string(b), "\uFFFD")), nil
}

// hash is States.Hash(string, algorithm): the digest of the UTF-8 bytes in lower-case hexadecimal.
func hash(args []value.Value) (value.Value, error) {
	s, err := bounded(args, 0)
	if err != nil {
		return value.Value{}, err
	}
	algorithm, err := text(args, 1)
	if err != nil {
		return value.Value{}, err
	}
	var sum []byte
	switch data := []byte(s); algorithm {
	case "MD5":
		b := md5.Sum(data)
		sum = b[:]
	case "SHA-1":
		b := sha1.Sum(data)
		sum = b[:]
	case "SHA-256":
		b := sha256.Sum256(data)
		sum = b[:]
	case "SHA-384":
		b := sha512.Sum384(data)
		sum = b[:]
	case "SHA-512":
		b := sha512.Sum512(data)
		sum = b[:]
	default:
		return value.Value{}, failf("The algorithm must be one of [MD5, SHA-1, SHA-256, SHA-384, SHA-512] but was %.64s", algorithm)
	}
	return value.FromString(hex.EncodeToString(sum)), nil
}
