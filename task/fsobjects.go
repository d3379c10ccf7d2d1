package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// FSObjects gives the files of a file system as objects to read: a bucket is a directory right below the root, the key is the path
// below it. It serves data that a program carries with it, by package embed. Put fails.
type FSObjects struct{ FS fs.FS }

var _ Objects = FSObjects{}

// Get implements [Objects]. Files have no versions.
func (f FSObjects) Get(_ context.Context, name ObjectName) (io.ReadCloser, error) {
	at, err := filePath(name)
	if err != nil {
		return nil, err
	}
	if name.VersionID != "" {
		return nil, fmt.Errorf("%w: %.64q has no version %.64q", ErrNoObject, name.Key, name.VersionID)
	}
	file, err := f.FS.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		if _, e := fs.Stat(f.FS, name.Bucket); e != nil {
			return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, name.Bucket)
		}
		return nil, fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, name.Key, name.Bucket)
	}
	if err != nil {
		return nil, fmt.Errorf("task: objects: %w", err)
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = file.Close() // nothing was written
		return nil, fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, name.Key, name.Bucket)
	}
	return file, nil
}

// List implements [Objects]. It walks the whole bucket for each page.
func (f FSObjects) List(ctx context.Context, bucket, prefix, after string, limit int) ([]Object, error) {
	if !fs.ValidPath(bucket) || bucket == "." || strings.Contains(bucket, "/") {
		return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, bucket)
	}
	if info, err := fs.Stat(f.FS, bucket); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: %.64q", ErrNoBucket, bucket)
	}
	var all []Object
	err := fs.WalkDir(f.FS, bucket, func(at string, e fs.DirEntry, err error) error {
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
		if body, err := fs.ReadFile(f.FS, path.Join(bucket, page[i].Key)); err == nil {
			page[i].ETag = etag(body)
		}
	}
	return page, nil
}

// Put implements [Objects]: it always fails.
func (f FSObjects) Put(context.Context, ObjectName, []byte) error {
	return errors.New("task: objects: the file system is read only")
}
