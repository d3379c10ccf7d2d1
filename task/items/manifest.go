package items

import (
	"errors"
	"io"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// maxManifest bounds a manifest, in bytes.
const maxManifest = 64 << 20

// inventory yields the rows of the files that the manifest of an S3 inventory lists: an object for each inventoried object, with
// the columns of the inventory's schema.
//
// Source: Amazon S3 User Guide, "Locating your inventory list"; AWS Step Functions Developer Guide, ItemReader: inventories in CSV only.
func (r *reader) inventory(name task.ObjectName) error {
	body, closer, err := r.open(name)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(body, maxManifest+1))
	_ = closer.Close() // it was only read
	if err != nil {
		return r.unreadable(name, err)
	}
	if len(raw) > maxManifest {
		return failf(nil, "The manifest '%s' in the bucket '%s' is longer than 64 MiB.", cut(name.Key), cut(name.Bucket))
	}
	doc, err := value.Parse(raw)
	if err != nil {
		return r.badJSON(name, err)
	}
	text := func(v value.Value, key string) string {
		m, _ := v.Get(key)
		return m.Str()
	}
	files, _ := doc.Get("files")
	if files.Kind() != value.Array {
		return failf(nil, "The object '%s' in the bucket '%s' is no inventory manifest: it has no list of files.", cut(name.Key), cut(name.Bucket))
	}
	if format := text(doc, "fileFormat"); !strings.EqualFold(format, "CSV") {
		return failf(nil, "The inventory format '%s' is not supported: only CSV is.", cut(format))
	}
	var headers []string
	for _, column := range strings.Split(text(doc, "fileSchema"), ",") {
		headers = append(headers, strings.TrimSpace(column))
	}
	bucket := strings.TrimPrefix(text(doc, "destinationBucket"), "arn:aws:s3:::")
	if bucket == "" {
		bucket = name.Bucket
	}
	for _, f := range files.Elems() {
		part := task.ObjectName{Bucket: bucket, Key: text(f, "key")}
		body, closer, err := r.open(part)
		if err != nil {
			return err
		}
		err = r.rows(&csvRows{in: body, delimiter: ','}, headers, part, "S3://"+part.Bucket+"/"+part.Key)
		_ = closer.Close() // it was only read
		if err != nil {
			return err
		}
	}
	return nil
}

// athena yields the items in the objects that the manifest of an Athena UNLOAD lists, one "s3://bucket/key" on each line.
//
// Source: Amazon Athena User Guide, "UNLOAD"; AWS Step Functions Developer Guide, ItemReader, ManifestType.
func (r *reader) athena(name task.ObjectName) error {
	body, closer, err := r.open(name)
	if err != nil {
		return err
	}
	defer closer.Close() // it was only read
	for {
		line, err := readLine(body)
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return r.unreadable(name, err)
		}
		if uri := strings.Trim(strings.TrimSpace(string(line)), `"`); uri != "" {
			rest, ok := strings.CutPrefix(uri, "s3://")
			bucket, key, found := strings.Cut(rest, "/")
			if !ok || !found {
				return failf(nil, "The manifest '%s' in the bucket '%s' lists '%s', expected s3://bucket/key.", cut(name.Key),
					cut(name.Bucket), cut(uri))
			}
			if err := r.load(task.ObjectName{Bucket: bucket, Key: key}); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}
