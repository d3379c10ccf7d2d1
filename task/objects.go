package task

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Objects is where a distributed Map reads its items and leaves its results: buckets of objects, as in S3. Methods are safe for
// concurrent use.
type Objects interface {
	// Get returns the bytes of an object, which the caller closes. The error wraps ErrNoBucket or ErrNoObject when there is
	// none.
	Get(ctx context.Context, name ObjectName) (io.ReadCloser, error)
	// List returns the objects of a bucket whose key begins with prefix and is greater than after, in the order of the bytes of
	// their keys, at most limit. None means that there are no more. The error wraps ErrNoBucket when there is no such bucket.
	List(ctx context.Context, bucket, prefix, after string, limit int) ([]Object, error)
	// Put stores an object, in place of the one with its key if there is one. The object is there as a whole, or not at all.
	Put(ctx context.Context, name ObjectName, body []byte) error
}

// ObjectName addresses an object.
type ObjectName struct {
	Bucket, Key string
	VersionID   string // empty: the newest version
}

// String returns the name as a URI: s3://BUCKET/KEY.
func (n ObjectName) String() string { return "s3://" + n.Bucket + "/" + n.Key }

// Object is what a list tells of an object.
type Object struct {
	Key          string
	Size         int64
	ETag         string // without quotes
	Modified     time.Time
	StorageClass string // empty: STANDARD
}

// The errors of [Objects].
var (
	ErrNoBucket = errors.New("task: no such bucket")
	ErrNoObject = errors.New("task: no such object")
)

// MemoryObjects keeps objects in memory, for tests. The zero value has no buckets; Put makes them. It is safe for concurrent
// use.
type MemoryObjects struct {
	// Now is the time at which objects are modified; nil: the zero time, so that tests stay the same.
	Now func() time.Time

	mu      sync.RWMutex
	buckets map[string]map[string]memoryObject
}

type memoryObject struct {
	body     []byte
	modified time.Time
}

var _ Objects = (*MemoryObjects)(nil)

// Get implements [Objects].
func (m *MemoryObjects) Get(_ context.Context, name ObjectName) (io.ReadCloser, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	bucket, ok := m.buckets[name.Bucket]
	if !ok {
		return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, name.Bucket)
	}
	o, ok := bucket[name.Key]
	if !ok {
		return nil, fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, name.Key, name.Bucket)
	}
	return io.NopCloser(strings.NewReader(string(o.body))), nil
}

// List implements [Objects].
func (m *MemoryObjects) List(_ context.Context, bucket, prefix, after string, limit int) ([]Object, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	objects, ok := m.buckets[bucket]
	if !ok {
		return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, bucket)
	}
	var page []Object
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if key > after && strings.HasPrefix(key, prefix) && len(page) < limit {
			o := objects[key]
			page = append(page, Object{Key: key, Size: int64(len(o.body)), ETag: etag(o.body), Modified: o.modified})
		}
	}
	return page, nil
}

// Put implements [Objects].
func (m *MemoryObjects) Put(_ context.Context, name ObjectName, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.buckets == nil {
		m.buckets = map[string]map[string]memoryObject{}
	}
	if m.buckets[name.Bucket] == nil {
		m.buckets[name.Bucket] = map[string]memoryObject{}
	}
	o := memoryObject{body: slices.Clone(body)}
	if m.Now != nil {
		o.modified = m.Now()
	}
	m.buckets[name.Bucket][name.Key] = o
	return nil
}

// byKey orders objects as lists do.
func byKey(a, b Object) int { return cmp.Compare(a.Key, b.Key) }
