package nevers

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// check returns one line for each broken rule.
func (t *tree) check() []string {
	var found []string
	for _, r := range t.rooms {
		for _, e := range edges {
			if covered(e.from, r.path) {
				found = append(found, t.checkEdge(r, e)...)
			}
		}
		for _, f := range r.files {
			found = append(found, checkParties(r, f)...)
		}
		found = append(found, t.checkCode(r)...)
	}
	return found
}

func (t *tree) checkEdge(r room, e edge) []string {
	var found []string
	if e.reach {
		for _, to := range e.to {
			if chain := t.chain(r.path, to); chain != nil {
				found = append(found, fmt.Sprintf("%s: %s", strings.Join(chain, " -> "), e.why))
			}
		}
		return found
	}
	for _, f := range r.files {
		for _, p := range f.imports() {
			p = within(p)
			if !f.test && covered(e.to, p) && !slices.Contains(e.except[f.name], p) {
				found = append(found, fmt.Sprintf("%s imports %s: %s", f.name, p, e.why))
			}
		}
	}
	return found
}

// chain returns a shortest way from a room to a package that the pattern covers, nil when there is none.
func (t *tree) chain(from, pattern string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at != from && covers(pattern, at) {
			way := []string{at}
			for at != from {
				at = before[at]
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		full := at
		if _, ok := t.imports[path.Join(module, at)]; ok {
			full = path.Join(module, at)
		}
		for _, next := range t.imports[full] {
			next = within(next)
			if _, seen := before[next]; !seen {
				before[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// checkParties checks who imports other modules, and the testing package.
func checkParties(r room, f source) []string {
	var found []string
	for _, p := range f.imports() {
		if p == "testing" && !f.test && !slices.Contains(mayImportTesting, r.path) {
			found = append(found, f.name+" imports testing: only tests do")
		}
		if !thirdParty(p) {
			continue
		}
		allowed := false
		for _, party := range parties {
			if p != party.prefix && !strings.HasPrefix(p, party.prefix+"/") {
				continue
			}
			for _, where := range party.files {
				allowed = allowed || where == f.name || strings.HasSuffix(where, "/") && strings.HasPrefix(f.name, where) ||
					where == "_test" && f.test
			}
		}
		if !allowed {
			found = append(found, fmt.Sprintf("%s imports %s: a dependency has one place that may import it", f.name, p))
		}
	}
	return found
}

// checkCode looks at what the files of a room say: in every room no init and no write to a package variable, in the core no
// clock, goroutine or channel either.
func (t *tree) checkCode(r room) []string {
	var files []*ast.File
	for _, f := range r.files {
		if !f.test {
			files = append(files, f.ast)
		}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{
		Importer: hollow{},
		Error:    func(error) {}, // imports are hollow; what matters here is which identifier names what
	}
	pkg, _ := config.Check(path.Join(module, r.path), t.fset, files, info)
	l := look{fset: t.fset, uses: info.Uses, scope: pkg.Scope(), core: slices.Contains(core, r.path)}
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				l.function(fn)
			} else {
				ast.Inspect(d, l.node)
			}
		}
	}
	return l.found
}

// hollow imports every package as one without contents.
type hollow struct{}

func (hollow) Import(p string) (*types.Package, error) {
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p))
	}
	pkg := types.NewPackage(p, base)
	pkg.MarkComplete()
	return pkg, nil
}

// look is the pass over one package.
type look struct {
	fset  *token.FileSet
	uses  map[*ast.Ident]types.Object
	scope *types.Scope // of the package
	core  bool
	found []string
}

func (l *look) say(n ast.Node, format string, args ...any) {
	l.found = append(l.found, fmt.Sprintf("%s: %s", l.fset.Position(n.Pos()), fmt.Sprintf(format, args...)))
}

func (l *look) function(fn *ast.FuncDecl) {
	if fn.Name.Name == "init" && fn.Recv == nil {
		l.say(fn, "init: nothing happens before a program asks for it")
	}
	ast.Inspect(fn, l.node)
}

func (l *look) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, to := range n.Lhs {
				l.written(to)
			}
		}
	case *ast.IncDecStmt:
		l.written(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			l.written(n.Key)
			l.written(n.Value)
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear" || f.Name == "copy") && len(n.Args) > 0 {
			l.written(n.Args[0])
		}
	case *ast.GoStmt:
		l.not(n, "a go statement")
	case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
		l.not(n, "a channel")
	case *ast.SelectorExpr:
		l.selected(n)
	}
	return true
}

func (l *look) not(n ast.Node, what string) {
	if l.core {
		l.say(n, "%s: the core is a function of its arguments", what)
	}
}

func (l *look) selected(n *ast.SelectorExpr) {
	id, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	if p, ok := l.uses[id].(*types.PkgName); ok && slices.Contains(names[p.Imported().Path()], n.Sel.Name) {
		l.not(n, p.Imported().Path()+"."+n.Sel.Name)
	}
}

// written reports an assignment to, or into, a package variable.
func (l *look) written(to ast.Expr) {
	for {
		switch e := to.(type) {
		case *ast.Ident:
			if v, ok := l.uses[e].(*types.Var); ok && v.Parent() == l.scope {
				l.say(e, "%s is written: package variables do not change", e.Name)
			}
			return
		case *ast.SelectorExpr:
			to = e.X
		case *ast.IndexExpr:
			to = e.X
		case *ast.StarExpr:
			to = e.X
		case *ast.ParenExpr:
			to = e.X
		default:
			return
		}
	}
}
