package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

// Run runs the command.
func (c *completionCmd) Run(a *app) error {
	script := map[string]func(*kong.Application) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	_, err := fmt.Fprint(a.stdout, script(a.model))
	return err
}

// flagNames returns the flags of a command as they are typed.
func flagNames(n *kong.Node) []string {
	names := []string{"--help"}
	for _, f := range n.Flags {
		if f.Name != "help" {
			names = append(names, "--"+f.Name)
		}
	}
	return names
}

// values returns the words that the first argument of a command may be, or nil.
func values(n *kong.Node) []string {
	if len(n.Positional) > 0 && n.Positional[0].Enum != "" {
		return n.Positional[0].EnumSlice()
	}
	return nil
}

func commandNames(m *kong.Application) []string {
	var names []string
	for _, n := range m.Children {
		names = append(names, n.Name)
	}
	return names
}

func bashCompletion(m *kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# bash completion for gait: source <(gait completion bash)\n_gait() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=''\n")
	fmt.Fprintf(&b, "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n\t\treturn\n\tfi\n", strings.Join(commandNames(m), " "))
	b.WriteString("\tcase \"${COMP_WORDS[1]}\" in\n")
	for _, n := range m.Children {
		fmt.Fprintf(&b, "\t%s) words='%s' ;;\n", n.Name, strings.Join(append(flagNames(n), values(n)...), " "))
	}
	b.WriteString("\tesac\n\tcase \"$cur\" in\n\t-*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n" +
		"\t*) COMPREPLY=($(compgen -W \"$(printf '%s\\n' $words | grep -v '^-')\" -- \"$cur\") $(compgen -f -- \"$cur\")) ;;\n" +
		"\tesac\n}\ncomplete -o filenames -F _gait gait\n")
	return b.String()
}

func zshCompletion(m *kong.Application) string {
	var b strings.Builder
	b.WriteString("#compdef gait\n# zsh completion for gait: source <(gait completion zsh)\n_gait() {\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands=(\n")
	for _, n := range m.Children {
		fmt.Fprintf(&b, "\t\t\t%s\n", quote(n.Name+":"+n.Help))
	}
	b.WriteString("\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tlocal -a flags=() args=()\n\tcase ${words[2]} in\n")
	for _, n := range m.Children {
		fmt.Fprintf(&b, "\t%s) flags=(%s) args=(%s) ;;\n", n.Name, strings.Join(flagNames(n), " "), strings.Join(values(n), " "))
	}
	b.WriteString("\tesac\n\tif [[ $PREFIX == -* ]]; then\n\t\tcompadd -- $flags\n\telif (( $#args )); then\n\t\tcompadd -- $args\n\telse\n\t\t_files\n\tfi\n}\n" +
		"if [ \"$funcstack[1]\" = _gait ]; then _gait; else compdef _gait gait; fi\n")
	return b.String()
}

func fishCompletion(m *kong.Application) string {
	var b strings.Builder
	b.WriteString("# fish completion for gait: gait completion fish | source\n")
	for _, n := range m.Children {
		fmt.Fprintf(&b, "complete -c gait -n __fish_use_subcommand -f -a %s -d %s\n", n.Name, quote(n.Help))
		seen := "-n '__fish_seen_subcommand_from " + n.Name + "'"
		for _, f := range n.Flags {
			if f.Name == "help" {
				continue
			}
			fmt.Fprintf(&b, "complete -c gait %s -l %s", seen, f.Name)
			if f.Short != 0 {
				fmt.Fprintf(&b, " -s %c", f.Short)
			}
			if !f.IsBool() {
				b.WriteString(" -r")
			}
			fmt.Fprintf(&b, " -d %s\n", quote(strings.ReplaceAll(f.Help, "$${", "${")))
		}
		if v := values(n); v != nil {
			fmt.Fprintf(&b, "complete -c gait %s -f -a %s\n", seen, quote(strings.Join(v, " ")))
		}
	}
	return b.String()
}
