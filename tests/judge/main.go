// Judge says of requests whether they are what an OpenAPI document asks for. It shares nothing with apicli but the
// lines that it reads: parameters are taken out of URL, query, headers and cookies, bodies are decoded, and both are
// held against their schemas by kin-openapi (https://github.com/getkin/kin-openapi).
//
// Its argument is the document. It prints one line when it has read it, and then for each line of standard input,
// which is one operation with its requests, one line with an answer for each of them: nothing if the request is valid,
// else why it is not.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// A question is one operation and the requests that are to be judged.
type question struct {
	Pointer  string  `json:"pointer"`
	Path     string  `json:"path"`
	Method   string  `json:"method"`
	NoServer string  `json:"no_server"`
	Requests []trial `json:"requests"`
}

// A trial is a request, and what it is meant to hold.
type trial struct {
	Request    sent      `json:"request"`
	Parameters []meant   `json:"parameters"`
	Body       *rawValue `json:"body"`
}

type sent struct {
	Method       string      `json:"method"`
	URL          string      `json:"url"`
	Headers      [][2]string `json:"headers"`
	Body         *string     `json:"body"`
	BodyEncoding string      `json:"body_encoding"`
}

type meant struct {
	In    string `json:"in"`
	Name  string `json:"name"`
	Value any    `json:"value"`
}

type rawValue struct{ value any }

func (r *rawValue) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &r.value) }

func main() {
	// Documents are large and live as long as this process.
	debug.SetGCPercent(400)
	out := bufio.NewWriter(os.Stdout)
	say := func(value any) {
		line, _ := json.Marshal(value)
		out.Write(append(line, '\n'))
		out.Flush()
	}
	doc, err := read(os.Args[1])
	if err != nil {
		say(map[string]string{"error": firstLine(err.Error())})
		os.Exit(1)
	}
	say(map[string]string{"version": doc.OpenAPI})
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var q question
		if err := json.Unmarshal(line, &q); err != nil {
			say([]string{"the question cannot be read: " + err.Error()})
			continue
		}
		answers := make([]string, len(q.Requests))
		for n, trial := range q.Requests {
			answers[n] = judge(doc, &q, trial)
		}
		say(answers)
	}
}

func read(path string) (doc *openapi3.T, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("the judge panics: %v", panicked)
		}
	}()
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	registerDecoders()
	if doc, err = openapi3.NewLoader().LoadFromData(data); err == nil {
		return doc, nil
	}
	// What is wrong is perhaps in a part that requests have nothing to do with.
	if cleaned, ok := withoutResponses(data); ok {
		if doc, second := openapi3.NewLoader().LoadFromData(cleaned); second == nil {
			return doc, nil
		}
	}
	return nil, err
}

// withoutResponses gives a document without responses, examples and links.
func withoutResponses(data []byte) ([]byte, bool) {
	var root map[string]any
	if json.Unmarshal(data, &root) != nil {
		return nil, false
	}
	if components, ok := root["components"].(map[string]any); ok {
		for _, name := range []string{"responses", "examples", "links", "headers", "callbacks"} {
			delete(components, name)
		}
		clean(components, false)
	}
	if paths, ok := root["paths"].(map[string]any); ok {
		for _, item := range paths {
			item, _ := item.(map[string]any)
			for _, operation := range item {
				if operation, ok := operation.(map[string]any); ok {
					operation["responses"] = map[string]any{"default": map[string]any{"description": ""}}
					delete(operation, "callbacks")
				}
			}
		}
		clean(paths, false)
	}
	cleaned, err := json.Marshal(root)
	return cleaned, err == nil
}

// clean removes examples; what stands in `properties` are names and no keywords.
func clean(value any, names bool) {
	switch value := value.(type) {
	case map[string]any:
		if !names {
			delete(value, "example")
			delete(value, "examples")
			delete(value, "definitions")
		}
		for key, inner := range value {
			clean(inner, !names && key == "properties")
		}
	case []any:
		for _, inner := range value {
			clean(inner, false)
		}
	}
}

// judge gives the first thing that is wrong with a request.
func judge(doc *openapi3.T, q *question, t trial) (verdict string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			verdict = fmt.Sprintf("judge: it panics: %v", panicked)
		}
	}()
	item := doc.Paths.Value(q.Path)
	if item == nil {
		return "judge: there is no such path"
	}
	operation := item.GetOperation(strings.ToUpper(q.Method))
	if operation == nil {
		return "judge: there is no such operation"
	}
	if !strings.EqualFold(t.Request.Method, q.Method) {
		return fmt.Sprintf("method: %s", t.Request.Method)
	}
	request, err := built(t.Request)
	if err != nil {
		return "url: " + err.Error()
	}
	rest, err := afterServer(doc, item, operation, q.NoServer, t.Request.URL)
	if err != nil {
		return err.Error()
	}
	parameters, err := fromPath(q.Path, rest)
	if err != nil {
		return err.Error()
	}
	// Some documents declare what stands behind the question mark of a path as parts of the path.
	if _, query, ok := strings.Cut(q.Path, "?"); ok {
		for _, pair := range strings.Split(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") && request.URL.Query().Has(name) {
				parameters[value[1:len(value)-1]] = request.URL.Query().Get(name)
			}
		}
	}
	input := &openapi3filter.RequestValidationInput{
		Request:    request,
		PathParams: parameters,
		Route:      &routers.Route{Spec: doc, Path: q.Path, PathItem: item, Method: request.Method, Operation: operation},
		Options: &openapi3filter.Options{
			AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
			SkipSettingDefaults: true,
			RegexCompiler:       compilePattern,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{
				openapi3.SetSchemaRegexCompiler(compilePattern),
			},
		},
	}
	if other := bodyForDecoder(operation, request); other != nil {
		route := *input.Route
		route.Operation = other
		input.Route = &route
	}
	// "If in is "header" and the name field is "Accept", "Content-Type" or "Authorization", the parameter definition
	// SHALL be ignored" (OpenAPI 3.0.4, Parameter Object): kin-openapi does not.
	operationRoute := *input.Route
	heard := *operationRoute.Operation
	heard.Parameters = withoutIgnored(heard.Parameters)
	item2 := *item
	item2.Parameters = withoutIgnored(item.Parameters)
	operationRoute.Operation, operationRoute.PathItem = &heard, &item2
	input.Route = &operationRoute
	if operation.Security != nil || doc.Security != nil {
		// Credentials are none of the judge's business, and an undeclared scheme is the document's own.
		route := *input.Route
		without := *route.Operation
		without.Security = &openapi3.SecurityRequirements{}
		route.Operation = &without
		input.Route = &route
	}
	judged, wrong := nestedQueries(input.Route.Operation, request)
	if wrong != "" {
		return wrong
	}
	route := *input.Route
	route.Operation = judged
	input.Route = &route
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		return explained(err)
	}
	for _, meant := range t.Parameters {
		if wrong := arrived(input, operation, meant); wrong != "" {
			return wrong
		}
	}
	if t.Body != nil {
		return bodyArrived(t.Request, t.Body.value)
	}
	return ""
}

func withoutIgnored(parameters openapi3.Parameters) openapi3.Parameters {
	var kept openapi3.Parameters
	for _, parameter := range parameters {
		if p := parameter.Value; p != nil && p.In == "header" {
			switch strings.ToLower(p.Name) {
			case "accept", "content-type", "authorization":
				continue
			}
		}
		kept = append(kept, parameter)
	}
	return kept
}

func built(s sent) (*http.Request, error) {
	var body io.Reader
	if s.Body != nil {
		data := []byte(*s.Body)
		if s.BodyEncoding == "base64" {
			var err error
			if data, err = base64.StdEncoding.DecodeString(*s.Body); err != nil {
				return nil, err
			}
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequest(s.Method, s.URL, body)
	if err != nil {
		return nil, err
	}
	for _, header := range s.Headers {
		request.Header.Add(header[0], header[1])
	}
	if (request.ContentLength > 0 || s.Method != "GET") && request.Header.Get("content-length") == "" {
		// A dry run does not show it, but HTTP has it, and some documents ask for it.
		request.Header.Set("content-length", fmt.Sprint(request.ContentLength))
	}
	if _, err := url.ParseQuery(request.URL.RawQuery); err != nil {
		return nil, fmt.Errorf("the query is not well formed: %w", err)
	}
	return request, nil
}

// afterServer gives what follows the server in the path of a URL, still encoded.
func afterServer(doc *openapi3.T, item *openapi3.PathItem, operation *openapi3.Operation, noServer, sent string) (string, error) {
	servers := doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	if operation.Servers != nil && len(*operation.Servers) > 0 {
		servers = *operation.Servers
	}
	bare, _, _ := strings.Cut(sent, "?")
	bases := []string{noServer}
	for _, server := range servers {
		base := server.URL
		for name, variable := range server.Variables {
			base = strings.ReplaceAll(base, "{"+name+"}", variable.Default)
		}
		if strings.HasPrefix(base, "//") {
			base = "https:" + base
		}
		bases = append(bases, strings.TrimRight(base, "/"))
	}
	best := ""
	for _, base := range bases {
		if len(base) > len(best) && len(bare) >= len(base) && strings.EqualFold(bare[:len(base)], base) {
			best = base
		}
	}
	if best == "" {
		return "", fmt.Errorf("server: `%s` begins with none of `%s`", sent, strings.Join(bases[1:], "`, `"))
	}
	return bare[len(best):], nil
}

// fromPath takes the parameters out of a path, which must otherwise be that of the template.
func fromPath(template, path string) (map[string]string, error) {
	template, _, _ = strings.Cut(template, "#")
	template, _, _ = strings.Cut(template, "?")
	if !strings.HasPrefix(template, "/") {
		template = "/" + template
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	var pattern strings.Builder
	var names []string
	pattern.WriteString("^")
	for rest := template; rest != ""; {
		open := strings.IndexByte(rest, '{')
		end := -1
		if open >= 0 {
			end = strings.IndexByte(rest[open:], '}')
		}
		if open < 0 || end < 0 {
			pattern.WriteString(literal(rest))
			break
		}
		pattern.WriteString(literal(rest[:open]))
		pattern.WriteString("(.*?)")
		names = append(names, rest[open+1:open+end])
		rest = rest[open+end+1:]
	}
	pattern.WriteString("$")
	compiled, err := regexp2.Compile(pattern.String(), regexp2.RE2)
	if err != nil {
		return nil, fmt.Errorf("judge: the path's pattern: %w", err)
	}
	match, err := compiled.FindStringMatch(path)
	if err != nil || match == nil {
		return nil, fmt.Errorf("path: `%s` is not of the form `%s`", path, template)
	}
	parameters := map[string]string{}
	for n, name := range names {
		value, err := url.PathUnescape(match.Groups()[n+1].String())
		if err != nil {
			return nil, fmt.Errorf("path: `%s` is not well formed: %w", path, err)
		}
		parameters[name] = value
	}
	return parameters, nil
}

// literal matches a text of a template, whichever of its characters are percent-encoded.
func literal(text string) string {
	var pattern strings.Builder
	if decoded, err := url.PathUnescape(text); err == nil {
		text = decoded
	}
	for _, b := range []byte(text) {
		plain := regexp2.Escape(string(rune(b)))
		if b >= 0x80 {
			fmt.Fprintf(&pattern, "(?:%%%02X|%%%02x)", b, b)
		} else {
			fmt.Fprintf(&pattern, "(?:%s|%%%02X|%%%02x)", plain, b, b)
		}
	}
	return pattern.String()
}

// compilePattern reads patterns as OpenAPI has them: ECMA-262.
func compilePattern(pattern string) (openapi3.RegexMatcher, error) {
	if known, ok := patterns[pattern]; ok {
		return known, nil
	}
	compiled, err := regexp2.Compile(pattern, regexp2.ECMAScript)
	if err != nil {
		// With Unicode classes, which ECMA-262 has too.
		if compiled, err = regexp2.Compile(pattern, regexp2.None); err != nil {
			// Java's \p{Alnum} and the like: no expression of ECMA-262, and nothing can be held against it.
			compiled = regexp2.MustCompile("", regexp2.None)
		}
	}
	compiled.MatchTimeout = time.Second
	patterns[pattern] = matcher{compiled}
	return patterns[pattern], nil
}

var patterns = map[string]matcher{}

type matcher struct{ pattern *regexp2.Regexp }

func (m matcher) MatchString(text string) bool {
	found, err := m.pattern.MatchString(text)
	return found && err == nil
}

// explained says what is wrong without the schema, which may be very long.
func explained(err error) string {
	message := err.Error()
	if at := strings.Index(message, "\nSchema:"); at >= 0 {
		rest := message[at:]
		message = message[:at]
		if value := strings.Index(rest, "\nValue:"); value >= 0 {
			message += " | " + rest[value:]
		}
	}
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > 600 {
		message = message[:600]
	}
	return message
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if len(line) > 400 {
		line = line[:400]
	}
	return line
}
