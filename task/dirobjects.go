package task

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// DirObjects keeps objects as files: a bucket is a directory right below the root, the key is the path below it. Nothing outside
// of the root can be reached, neither by ".." nor by symbolic links. Keys that are no clean relative paths ("a//b", "/a", "../a")
// name no object. It serves local runs: data sets in files, results to look at.
type DirObjects struct{ root *os.Root }

var _ Objects = (*DirObjects)(nil)

// OpenDir opens a directory as a place for objects. Close it when it is not used any more.
func OpenDir(dir string) (*DirObjects, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("task: objects: %w", err)
	}
	return &DirObjects{root}, nil
}

// Close releases the directory.
func (d *DirObjects) Close() error { return d.root.Close() }

// filePath returns the path of an object below the root.
func filePath(name ObjectName) (string, error) {
	if !fs.ValidPath(name.Bucket) || name.Bucket == "." || strings.Contains(name.Bucket, "/") {
		return "", fmt.Errorf("%w: %.64q", ErrNoBucket, name.Bucket)
	}
	if !fs.ValidPath(name.Key) || name.Key == "." {
		return "", fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, name.Key, name.Bucket)
	}
	return path.Join(name.Bucket, name.Key), nil
}

// Get implements [Objects]. Files have no versions.
func (d *DirObjects) Get(_ context.Context, name ObjectName) (io.ReadCloser, error) {
	at, err := filePath(name)
	if err != nil {
		return nil, err
	}
	if name.VersionID != "" {
		return nil, fmt.Errorf("%w: %.64q has no version %.64q", ErrNoObject, name.Key, name.VersionID)
	}
	f, err := d.root.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		if _, e := d.root.Stat(name.Bucket); e != nil {
			return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, name.Bucket)
		}
		return nil, fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, name.Key, name.Bucket)
	}
	if err != nil {
		return nil, fmt.Errorf("task: objects: %w", err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, name.Key, name.Bucket)
	}
	return f, nil
}

// List implements [Objects]. It walks the whole bucket for each page.
func (d *DirObjects) List(ctx context.Context, bucket, prefix, after string, limit int) ([]Object, error) {
	if !fs.ValidPath(bucket) || bucket == "." || strings.Contains(bucket, "/") {
		return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, bucket)
	}
	if info, err := d.root.Stat(bucket); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, bucket)
	}
	var all []Object
	err := fs.WalkDir(d.root.FS(), bucket, func(at string, e fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		key := strings.TrimPrefix(at, bucket+"/")
		if !e.Type().IsRegular() || !strings.HasPrefix(key, prefix) || key <= after {
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has just gone
		}
		if err != nil {
			return err
		}
		all = append(all, Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("task: objects: %w", err)
	}
	slices.SortFunc(all, byKey)
	page := all[:min(len(all), max(limit, 0))]
	for i := range page {
		if body, err := fs.ReadFile(d.root.FS(), path.Join(bucket, page[i].Key)); err == nil {
			page[i].ETag = etag(body)
		}
	}
	return page, nil
}

// Put implements [Objects].
func (d *DirObjects) Put(_ context.Context, name ObjectName, body []byte) (err error) {
	at, err := filePath(name)
	if err != nil {
		return err
	}
	if err := d.root.MkdirAll(path.Dir(at), 0o755); err != nil {
		return fmt.Errorf("task: objects: %w", err)
	}
	next := at + ".part"
	if err := d.root.WriteFile(next, body, 0o644); err != nil {
		return fmt.Errorf("task: objects: %w", err)
	}
	if err := d.root.Rename(next, at); err != nil {
		return fmt.Errorf("task: objects: %w", err)
	}
	return nil
}

// etag is the ETag that S3 gives an object which was put as a whole.
func etag(body []byte) string {
	sum := md5.Sum(body)
	return hex.EncodeToString(sum[:])
}
