package sqlite

import (
	"crypto/rand"
	"embed"
	"fmt"

	"github.com/gait-engine/gait/store"
)

//go:embed migration/*.sql
var migrations embed.FS

const (
	applicationID = 0x47616974 // "Gait"
	schemaVersion = 4          // the number of the last migration
)

// identify returns the version of the schema, 0 for an empty file, without touching the file.
func identify(c *conn) (version int64, err error) {
	// In one transaction: another process may be making the tables.
	if err := c.exec("BEGIN"); err != nil {
		return 0, err
	}
	var id, objects int64
	for _, q := range []struct {
		n     *int64
		query string
	}{
		{&id, "PRAGMA application_id"}, {&version, "PRAGMA user_version"}, {&objects, "SELECT count(*) FROM sqlite_schema"},
	} {
		if err == nil {
			*q.n, err = c.queryInt(q.query)
		}
	}
	if e := c.exec("ROLLBACK"); err == nil {
		err = e
	}
	switch {
	case err != nil:
		return 0, err
	case id == 0 && version == 0 && objects == 0:
		return 0, nil
	case id != applicationID:
		return 0, fmt.Errorf("%w: a database with application_id %#x, expected %#x", store.ErrForeign, id, applicationID)
	case version > schemaVersion:
		return 0, fmt.Errorf("%w: schema %d, this version knows up to %d", store.ErrSchema, version, schemaVersion)
	}
	return version, nil
}

// migrate brings the schema from its version to the newest, one transaction per step. The caller holds the lock.
func migrate(c *conn) error {
	version, err := identify(c)
	for ; err == nil && version < schemaVersion; version++ {
		err = step(c, version+1)
	}
	return err
}

func step(c *conn, to int64) (err error) {
	script, err := migrations.ReadFile(fmt.Sprintf("migration/%04d.sql", to))
	if err != nil {
		return err
	}
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil && c.inTransaction() {
			_ = c.exec("ROLLBACK") // the first error says more
		}
	}()
	if err := c.exec(string(script)); err != nil {
		return fmt.Errorf("migration %d: %w", to, err)
	}
	if to == 1 {
		if err := firstOwner(c); err != nil {
			return err
		}
	}
	return c.exec(fmt.Sprintf("PRAGMA user_version = %d; COMMIT", to))
}

// firstOwner makes the row of the owner with the key that seals task tokens for the life of the store.
func firstOwner(c *conn) error {
	s, err := c.prepare("INSERT INTO owner (one, epoch, holder, token_key) VALUES (1, 0, '', ?)")
	if err != nil {
		return err
	}
	defer c.finalize(s)
	defer c.recycle()
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	if err := s.bindBlob(1, key[:]); err != nil {
		return err
	}
	return s.run()
}
