package value

// JavaString returns the text that Java's toString gives for a document, which AWS prints in States.Format and in some causes:
// strings without quotes, objects as {a=1, b=[]}, arrays as [1, x], null as "null".
func (v Value) JavaString() string {
	if v.kind == String {
		return v.Str()
	}
	return string(v.AppendJava(nil))
}

// AppendJava appends the text of [Value.JavaString] to dst.
func (v Value) AppendJava(dst []byte) []byte {
	switch v.kind {
	case String:
		return append(dst, v.Str()...)
	case Array:
		dst = append(dst, '[')
		for i, x := range v.Elems() {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = x.AppendJava(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, m := range v.Members() {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(dst, m.Key...), '=')
			dst = m.Value.AppendJava(dst)
		}
		return append(dst, '}')
	default:
		return v.AppendJSON(dst)
	}
}
