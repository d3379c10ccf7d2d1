package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gait-engine/gait/store"
)

// Tag is a label of a state machine or an activity.
type Tag struct {
	Key   string `json:"key"`   // 1 to 128 characters
	Value string `json:"value"` // at most 256 characters
}

const (
	tagKind = "tags" // of the records of tags, which are called by the ARN of their resource
	maxTags = 50
)

// Tag gives a state machine or an activity tags, in place of those with the same keys.
//
// Errors: *[ResourceNotFoundError], *[ARNError], *[ValidationError], *[TagError] for more than 50, *[StoreError].
//
// Source: API reference, TagResource.
func (e *Engine) Tag(ctx context.Context, arn string, tags ...Tag) error {
	if err := checkTags(nil, tags); err != nil {
		return err
	}
	return e.retag(ctx, arn, func(old []Tag) ([]Tag, error) {
		if err := checkTags(old, tags); err != nil {
			return nil, &TagError{ARN: arn}
		}
		return mergeTags(old, tags), nil
	})
}

// Untag removes the tags of a state machine or an activity that have these keys. Unknown keys are no error.
//
// Errors: *[ResourceNotFoundError], *[ARNError], *[StoreError]. Source: API reference, UntagResource.
func (e *Engine) Untag(ctx context.Context, arn string, keys ...string) error {
	return e.retag(ctx, arn, func(old []Tag) ([]Tag, error) {
		return slices.DeleteFunc(old, func(t Tag) bool { return slices.Contains(keys, t.Key) }), nil
	})
}

// Tags returns the tags of a state machine or an activity, by key.
//
// Errors: *[ResourceNotFoundError], *[ARNError], *[StoreError]. Source: API reference, ListTagsForResource.
func (e *Engine) Tags(ctx context.Context, arn string) ([]Tag, error) {
	if err := e.taggable(ctx, arn); err != nil {
		return nil, err
	}
	return e.readTags(ctx, arn)
}

func (e *Engine) retag(ctx context.Context, arn string, change func([]Tag) ([]Tag, error)) error {
	if err := e.enter(ctx); err != nil {
		return err
	}
	e.deploying.Lock()
	defer e.deploying.Unlock()
	if err := e.taggable(ctx, arn); err != nil {
		return err
	}
	tags, err := e.readTags(ctx, arn)
	if err == nil {
		tags, err = change(tags)
	}
	if err != nil {
		return err
	}
	return e.putTags(ctx, arn, tags)
}

// taggable returns why a resource cannot have tags.
func (e *Engine) taggable(ctx context.Context, arn string) error {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) < 7 || resourceType(arn) == "" {
		return &ARNError{ARN: arn}
	}
	missing := &ResourceNotFoundError{ARN: arn}
	switch parts[5] {
	case "stateMachine":
		r, err := e.arns.machineRef(arn)
		if err != nil || r.qualifier != "" || r.label != "" {
			return missing
		}
		_, _, standing, err := e.stand(ctx, r.name)
		if err == nil && standing != active {
			return missing
		}
		return err
	case "activity":
		switch _, err := e.store.Record(ctx, activityKind, parts[6]); {
		case errors.Is(err, store.ErrNotFound), arn != e.arns.activity+parts[6]: // or of another region or account
			return missing
		case err != nil:
			return &StoreError{Op: "tags", Err: err}
		}
		return nil
	}
	return missing
}

func (e *Engine) readTags(ctx context.Context, arn string) ([]Tag, error) {
	stored, err := e.store.Record(ctx, tagKind, arn)
	if errors.Is(err, store.ErrNotFound) {
		return []Tag{}, nil
	}
	if err != nil {
		return nil, &StoreError{Op: "tags", Err: err}
	}
	var tags []Tag
	if err := json.Unmarshal(stored.Body, &tags); err != nil {
		return nil, fmt.Errorf("engine: tags of %q as stored: %w", arn, err)
	}
	return tags, nil
}

// putTags stores the tags of a resource. e.deploying is held, or the resource is not there yet.
func (e *Engine) putTags(ctx context.Context, arn string, tags []Tag) error {
	body, err := json.Marshal(tags)
	if err != nil {
		return fmt.Errorf("engine: tags of %q: %w", arn, err)
	}
	if err := e.store.PutRecord(ctx, store.Record{Kind: tagKind, Name: arn, Body: body}); err != nil {
		return &StoreError{Op: "tags", Err: err}
	}
	return nil
}

// beginTags stores the tags of a resource that is about to be made, in place of any that were left behind by an interrupted attempt.
func (e *Engine) beginTags(ctx context.Context, arn string, tags []Tag) error {
	if len(tags) == 0 {
		return e.dropTags(ctx, arn)
	}
	return e.putTags(ctx, arn, mergeTags(nil, tags))
}

// dropTags removes the tags of a resource that is deleted.
func (e *Engine) dropTags(ctx context.Context, arn string) error {
	if err := e.store.DeleteRecord(ctx, tagKind, arn); err != nil && !errors.Is(err, store.ErrNotFound) {
		return &StoreError{Op: "tags", Err: err}
	}
	return nil
}

// mergeTags adds tags to those that are there, by key.
func mergeTags(old, tags []Tag) []Tag {
	merged := slices.Clone(old)
	for _, t := range tags {
		if i := slices.IndexFunc(merged, func(m Tag) bool { return m.Key == t.Key }); i >= 0 {
			merged[i] = t
		} else {
			merged = append(merged, t)
		}
	}
	slices.SortFunc(merged, func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
	return merged
}

// checkTags applies the rules for tags that are to be added to those that are there.
//
// Source: API model, Tag; Developer Guide, "Tagging in Step Functions".
func checkTags(old, tags []Tag) error {
	for i, t := range tags {
		member := fmt.Sprintf("tags.%d.member.", i+1)
		switch {
		case t.Key == "":
			return invalid(member+"key", t.Key, "Member must have length greater than or equal to 1")
		case utf8.RuneCountInString(t.Key) > 128:
			return invalid(member+"key", t.Key, "Member must have length less than or equal to 128")
		case utf8.RuneCountInString(t.Value) > 256:
			return invalid(member+"value", t.Value, "Member must have length less than or equal to 256")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"), !tagText(t.Key), !tagText(t.Value):
			return &ValidationError{Message: fmt.Sprintf("Invalid tag: '%s'", t.Key)}
		}
	}
	if len(mergeTags(old, tags)) > maxTags {
		return &TagError{}
	}
	return nil
}

// tagText tells letters, digits, white space and _.:/=+-@.
func tagText(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("_.:/=+-@", r) {
			return false
		}
	}
	return utf8.ValidString(s)
}
