package asl

// ReaderLocation prints the place at a line and column as AWS's reader does.
func ReaderLocation(src string, line, column int) string {
	pos := 0
	for range line - 1 {
		for src[pos] != '\n' {
			pos++
		}
		pos++
	}
	for range column - 1 {
		pos++
		for pos < len(src) && src[pos]&0xC0 == 0x80 {
			pos++
		}
	}
	return jacksonLocation(src, pos)
}
