package asl_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
)

func TestReadTurnsYAMLIntoTheSameDefinition(t *testing.T) {
	const src = `# a machine
StartAt: A
TimeoutSeconds: 1_000
States:
  A: &base
    Type: Pass
    Result:
      int: 0x10
      float: 1.50
      exp: 1e3
      text: "yes"
      plain: yes
      none: ~
      bool: True
      date: 2020-01-02
      block: |
        a "b"
        c
      list: [1, two, null]
    Next: B
  B:
    <<: *base
    Result: {x: &v [1], y: *v}
    Next: C
  C: {Type: Succeed}
`
	const want = `{"StartAt":"A","TimeoutSeconds":1000,"States":{"A":{"Type":"Pass","Result":{"int":16,"float":1.50,"exp":1e3,` +
		`"text":"yes","plain":"yes","none":null,"bool":true,"date":"2020-01-02","block":"a \"b\"\nc\n","list":[1,"two",null]},` +
		`"Next":"B"},"B":{"Result":{"x":[1],"y":[1]},"Next":"C","Type":"Pass"},"C":{"Type":"Succeed"}}}`
	s, err := asl.Read("m.asl.yaml", []byte(src), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(s.Definition)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := s.Compile(asl.Options{}); err != nil {
		t.Error(err)
	}
}

func TestReadKeepsYAMLLines(t *testing.T) {
	const src = `StartAt: A
States:
  A:
    Type: Task
    Resource: gait:x
    Retry:
      - ErrorEquals:
          - States.ALL
        MaxAttempts: many
    Next: Nowhere
`
	s, err := asl.Read("m.yml", []byte(src), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"9:22: SCHEMA_VALIDATION_FAILED: Expected value of type [INTEGER] at /States/A/Retry[0]/MaxAttempts"}
	var got []string
	for _, d := range s.Validate(asl.Options{}) {
		got = append(got, d.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadSubstitutes(t *testing.T) {
	subs := map[string]string{"Fn": "f", "T": "30", "On": "true", "Q": `say "hi"\`, "S": "Go"}
	tests := []struct{ name, file, src, want string }{
		{"inside strings", "a.json", `{"a":"x-${Fn}-${T}"}`, `{"a":"x-f-30"}`},
		{"quoted stays a string", "a.json", `{"a":"${T}"}`, `{"a":"30"}`},
		{"unquoted is what it means", "a.json", `{"a":${T},"b":[${On}]}`, `{"a":30,"b":[true]}`},
		{"values are escaped in strings", "a.json", `{"a":"${Q}"}`, `{"a":"say \"hi\"\\"}`},
		{"an escaped quote does not end a string", "a.json", `{"a":"\"${T}\""}`, `{"a":"\"30\""}`},
		{"names of members", "a.json", `{"${S}":1}`, `{"Go":1}`},
		{"other dollar signs stay", "a.json", `{"a":"$.b ${ 'k': 1 } ${}","b":"$${T}"}`, `{"a":"$.b ${ 'k': 1 } ${}","b":"$30"}`},
		{"plain in YAML", "a.yaml", "a: ${T}\nb: ${On}\nc: ${Fn}\nd: x${T}\n", `{"a":30,"b":true,"c":"f","d":"x30"}`},
		{"quoted in YAML", "a.yaml", "a: \"${T}\"\nb: '${On}'\nc: |-\n  ${T}\n", `{"a":"30","b":"true","c":"30"}`},
		{"names and quotes in YAML", "a.yaml", "${S}: \"${Q}\"\n", `{"Go":"say \"hi\"\\"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := asl.Load(fstest.MapFS{tt.file: {Data: []byte(tt.src)}}, tt.file, subs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(s.Definition)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.src, diff)
			}
		})
	}
	s, err := asl.Read("a.json", []byte(`{"a":"${Gone}"}`), nil)
	if err != nil || string(s.Definition) != `{"a":"${Gone}"}` {
		t.Errorf("without substitutions: %s, %v", s.Definition, err)
	}
}

func TestReadReports(t *testing.T) {
	subs := map[string]string{"Stage": "dev"}
	tests := []struct {
		name, file, src string
		want            []string
	}{
		{"missing substitutions with their lines", "a.json", "{\n \"a\": \"${Stge}\",\n \"b\": ${X}}", []string{
			`2:8: MISSING_SUBSTITUTION: No value for the substitution '${Stge}'`,
			`3:7: MISSING_SUBSTITUTION: No value for the substitution '${X}'`,
		}},
		{"missing substitutions in YAML", "a.yaml", "a: 1\nb:\n  - ${Stge}\n", []string{`3:5: MISSING_SUBSTITUTION: No value for the substitution '${Stge}'`}},
		{"text that is no YAML", "a.yaml", "a: 1\nb: [\n", []string{`2:1: INVALID_YAML_DESCRIPTION: did not find expected node content`}},
		{"a member twice", "a.yaml", "a: 1\na: 2\n", []string{`2:1: INVALID_YAML_DESCRIPTION: the member "a" appears twice`}},
		{"two documents", "a.yaml", "a: 1\n---\nb: 2\n", []string{`2:1: INVALID_YAML_DESCRIPTION: a definition is one YAML document`}},
		{"tags of CloudFormation", "a.yaml", "a: !Ref B\n", []string{`1:4: INVALID_YAML_DESCRIPTION: the tag "!Ref" is not supported`}},
		{"infinite numbers", "a.yaml", "a: .inf\n", []string{`1:4: INVALID_YAML_DESCRIPTION: the number ".inf" cannot be written in JSON`}},
		{"names that are no text", "a.yaml", "? [a]\n: 1\n", []string{`1:3: INVALID_YAML_DESCRIPTION: the name of a member must be a text`}},
		{"a merge of a scalar", "a.yaml", "<<: 1\n", []string{`1:5: INVALID_YAML_DESCRIPTION: a merge key needs a mapping`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := asl.Read(tt.file, []byte(tt.src), subs)
			var refused *asl.Error
			if !errors.As(err, &refused) {
				t.Fatalf("%q: %v", tt.src, err)
			}
			if len(refused.Diagnostics) != len(tt.want) {
				t.Fatalf("%q: got %v, want %q", tt.src, refused.Diagnostics, tt.want)
			}
			for i, d := range refused.Diagnostics {
				if !strings.HasPrefix(d.String(), tt.want[i]) {
					t.Errorf("%q: got %q, want %q", tt.src, d, tt.want[i])
				}
			}
		})
	}
	_, err := asl.Read("a.json", []byte(`"${Stge}"`), subs)
	var refused *asl.Error
	if !errors.As(err, &refused) || refused.Diagnostics[0].Hint != `did you mean "Stage"?` {
		t.Errorf("hint: %v", err)
	}
}

func TestReadBoundsAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 9; i++ {
		p, q := string(rune('0'+i)), string(rune('0'+i-1))
		b.WriteString("a" + p + ": &a" + p + " [*a" + q + strings.Repeat(",*a"+q, 8) + "]\n")
	}
	if _, err := asl.Read("a.yaml", []byte(b.String()), nil); err == nil {
		t.Error("nine to the ninth values were accepted")
	}
}

func TestLoadReportsAMissingFile(t *testing.T) {
	if _, err := asl.Load(fstest.MapFS{}, "none.json", nil); err == nil {
		t.Error("no error")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a: &x [1, *x]\n")
	f.Add("StartAt: A\nStates: {A: {Type: Pass, Result: ${X}, End: true}}\n")
	f.Add("a: &a {<<: *a}\n")
	f.Add("? !!binary x\n: 1\n")
	f.Fuzz(func(t *testing.T, src string) {
		for _, name := range []string{"a.yaml", "a.json"} {
			s, err := asl.Read(name, []byte(src), map[string]string{"X": "1", "Y": "a: b"})
			if (s == nil) == (err == nil) {
				t.Fatal(s, err)
			}
			if s != nil {
				s.Validate(asl.Options{})
			}
		}
	})
}

func TestPositionsPointIntoTheFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"m.json": "{\"StartAt\": \"A\",\n \"States\": {\n  \"A\": {\"Type\": \"Succeed\"}}}",
		"m.yaml": "StartAt: A\nStates:\n  A: {Type: Succeed}\n",
	} {
		src, err := asl.Read(name, []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := src.Positions("", "/States/A", "/States/A/None")
		if len(got) != 3 || got[0].Line != 1 || got[1].Line != 3 || got[2].Line != 3 || got[1].Column < 6 {
			t.Errorf("%s: got %v, want lines 1, 3, 3", name, got)
		}
	}
}
