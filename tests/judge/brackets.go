package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// OpenAPI leaves open how arrays and objects in objects are written with brackets (style deepObject, and forms whose
// properties are objects), and kin-openapi refuses them. Servers read them as PHP and Rack do, which is what this file
// is about: a[b]=1, a[0][b]=1, a[]=1. Only the decoding is the judge's own; what comes of it is judged by the schema.

// tree puts bracketed names together: values are strings, map[string]any or []any. Names that the schema has as they are
// stay whole.
func tree(form url.Values, schema *openapi3.SchemaRef) (map[string]any, error) {
	root := map[string]any{}
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		keys := split(name)
		if declared(name, schema, 0) {
			keys = []string{name}
		}
		at := root
		for _, key := range keys[:len(keys)-1] {
			next, ok := at[key].(map[string]any)
			if !ok {
				if _, taken := at[key]; taken {
					return nil, fmt.Errorf("`%s` is both a value and more than one", name)
				}
				next = map[string]any{}
				at[key] = next
			}
			at = next
		}
		last := keys[len(keys)-1]
		if _, taken := at[last]; taken {
			return nil, fmt.Errorf("`%s` is both a value and more than one", name)
		}
		values := form[name]
		if len(values) == 1 && last != "" {
			at[last] = values[0]
			continue
		}
		list := make([]any, len(values))
		for n, value := range values {
			list[n] = value
		}
		at[last] = list
	}
	return root, nil
}

// split turns a[b][] into a, b and the empty key.
func split(name string) []string {
	open := strings.IndexByte(name, '[')
	if open <= 0 || !strings.HasSuffix(name, "]") {
		return []string{name}
	}
	keys := []string{name[:open]}
	for _, key := range strings.Split(name[open+1:len(name)-1], "][") {
		keys = append(keys, key)
	}
	return keys
}

// declared says whether a schema has a property of that name.
func declared(name string, schema *openapi3.SchemaRef, depth int) bool {
	if schema == nil || schema.Value == nil || depth > 20 {
		return false
	}
	if schema.Value.Properties[name] != nil {
		return true
	}
	for _, parts := range []openapi3.SchemaRefs{schema.Value.AllOf, schema.Value.AnyOf, schema.Value.OneOf} {
		for _, part := range parts {
			if declared(name, part, depth+1) {
				return true
			}
		}
	}
	return false
}

// typed gives a decoded value the types that its schema names, where the text can be read as such.
func typed(value any, schema *openapi3.SchemaRef, depth int) any {
	if schema == nil || schema.Value == nil || depth > 20 {
		return value
	}
	s := schema.Value
	for _, parts := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, part := range parts {
			value = typed(value, part, depth+1)
		}
	}
	switch v := value.(type) {
	case string:
		if s.Type.Includes("string") && len(s.AnyOf)+len(s.OneOf) == 0 {
			return v
		}
		if isObject(s, 0) {
			// A field whose encoding is JSON.
			var object map[string]any
			if json.Unmarshal([]byte(v), &object) == nil {
				return object
			}
		}
		if (s.Type.Includes("integer") || s.Type.Includes("number")) && strings.Trim(v, "+-.0123456789eE") == "" {
			if number, err := strconv.ParseFloat(v, 64); err == nil {
				return number
			}
		}
		if s.Type.Includes("boolean") && (v == "true" || v == "false") {
			return v == "true"
		}
		if s.Type.Includes("array") {
			return []any{typed(v, s.Items, depth+1)}
		}
		return v
	case []any:
		for n, item := range v {
			v[n] = typed(item, s.Items, depth+1)
		}
		return v
	case map[string]any:
		if s.Type.Includes("array") {
			if list, ok := v[""].([]any); ok && len(v) == 1 {
				return typed(list, schema, depth+1)
			}
			list := make([]any, len(v))
			for key, item := range v {
				n, err := strconv.Atoi(key)
				if err != nil || n < 0 || n >= len(list) {
					return v
				}
				list[n] = typed(item, s.Items, depth+1)
			}
			return list
		}
		for key, item := range v {
			if property := s.Properties[key]; property != nil {
				v[key] = typed(item, property, depth+1)
			} else if s.AdditionalProperties.Schema != nil {
				v[key] = typed(item, s.AdditionalProperties.Schema, depth+1)
			}
		}
		return v
	}
	return value
}

// formDecoder leaves a form to kin-openapi where it has names without brackets only, and all of it is decoded: what has no
// type of its own comes out as null, which no form can say.
func formDecoder(body io.Reader, header http.Header, schema *openapi3.SchemaRef, encoding openapi3filter.EncodingFn) (any, error) {
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	value, err := openapi3filter.UrlencodedBodyDecoder(strings.NewReader(string(data)), header, schema, encoding)
	if err == nil && !hasNull(value) && !strings.Contains(string(data), "[") && !strings.Contains(string(data), "%5B") {
		return value, nil
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, err
	}
	fields, err := tree(form, schema)
	if err != nil {
		return nil, err
	}
	return typed(fields, schema, 0), nil
}

// nestedQueries judges the query parameters that kin-openapi cannot decode, and gives the operation without them: arrays
// of style deepObject, arrays and objects within others, and exploded objects, which kin-openapi takes for empty ones
// where they are not given at all.
func nestedQueries(operation *openapi3.Operation, request *http.Request) (*openapi3.Operation, string) {
	var rest openapi3.Parameters
	for _, parameter := range operation.Parameters {
		if p := parameter.Value; p != nil && isNested(p) {
			if wrong := deep(p, nil, request); wrong != "" {
				return nil, wrong
			}
			continue
		}
		rest = append(rest, parameter)
	}
	without := *operation
	without.Parameters = rest
	return &without, ""
}

func isNested(p *openapi3.Parameter) bool {
	if p.In != "query" || p.Schema == nil || p.Schema.Value == nil {
		return false
	}
	return p.Style == "deepObject" || isExploded(p) || holdsMore(p.Schema.Value, 0) || (len(p.Schema.Value.AllOf) > 0 && isArray(p.Schema.Value, 0))
}

func isArray(s *openapi3.Schema, depth int) bool {
	for _, part := range s.AllOf {
		if part.Value != nil && depth < 20 && isArray(part.Value, depth+1) {
			return true
		}
	}
	return s.Type.Is("array")
}

// isExploded tells objects whose members are parameters of their own.
func isExploded(p *openapi3.Parameter) bool {
	sm, err := p.SerializationMethod()
	return err == nil && p.Content == nil && sm.Style == "form" && sm.Explode && isObject(p.Schema.Value, 0)
}

func isObject(s *openapi3.Schema, depth int) bool {
	for _, part := range s.AllOf {
		if part.Value != nil && depth < 20 && isObject(part.Value, depth+1) {
			return true
		}
	}
	return s.Type.Is("object") || (s.Type == nil && len(s.Properties) > 0)
}

// holdsMore tells schemas whose items or members are no plain values.
func holdsMore(s *openapi3.Schema, depth int) bool {
	isMore := func(ref *openapi3.SchemaRef) bool {
		if ref == nil || ref.Value == nil {
			return false
		}
		// kin-openapi takes items of several parts for nothing where one of the parts names no type, and those without any.
		if ref.Value.Type == nil && len(ref.Value.OneOf) == 0 {
			return true
		}
		return isObject(ref.Value, 0) || ref.Value.Type.Is("array") || len(ref.Value.AllOf) > 0
	}
	for _, part := range s.AllOf {
		if part.Value != nil && depth < 20 && holdsMore(part.Value, depth+1) {
			return true
		}
	}
	if isMore(s.Items) || isMore(s.AdditionalProperties.Schema) {
		return true
	}
	for _, property := range s.Properties {
		if isMore(property) {
			return true
		}
	}
	return false
}

// deep judges one of them. Names that it must have at least are given by members.
func deep(p *openapi3.Parameter, members []string, request *http.Request) string {
	fields, err := tree(request.URL.Query(), nil)
	if err != nil {
		return "query: " + err.Error()
	}
	var value any
	found := false
	if isExploded(p) {
		object := map[string]any{}
		take := func(name string) {
			if field, ok := fields[name]; ok {
				object[name], found = field, true
			}
		}
		eachProperty(p.Schema.Value, 0, take)
		for _, name := range members {
			if take(name); object[name] == nil {
				return fmt.Sprintf("arrived: parameter %q in query: its member %q is missing", p.Name, name)
			}
		}
		value = object
	} else {
		value, found = fields[p.Name]
		if text, ok := value.(string); ok && !isExploded(p) && p.Style != "deepObject" {
			// Plain items, or JSON in the place of what has no form of its own.
			var parsed any
			if json.Unmarshal([]byte(text), &parsed) == nil {
				value = parsed
			} else if sm, err := p.SerializationMethod(); err == nil && !sm.Explode && isArray(p.Schema.Value, 0) {
				list := []any{}
				delimiters := map[string]string{"pipeDelimited": "|", "spaceDelimited": " "}
				delimiter, other := delimiters[sm.Style]
				if !other {
					delimiter = ","
				}
				for _, item := range strings.Split(text, delimiter) {
					list = append(list, item)
				}
				value = list
			}
		}
	}
	if isExploded(p) && !found && members == nil && p.Required {
		// There is no other way to write an object without members.
		value, found = map[string]any{}, true
	}
	if !found {
		if p.Required || members != nil {
			return fmt.Sprintf("parameter %q in query has an error: value is required but missing", p.Name)
		}
		return ""
	}
	if err := p.Schema.Value.VisitJSON(typed(value, p.Schema, 0), openapi3.SetSchemaRegexCompiler(compilePattern)); err != nil {
		return fmt.Sprintf("parameter %q in query has an error: %s", p.Name, explained(err))
	}
	return ""
}

func eachProperty(s *openapi3.Schema, depth int, do func(string)) {
	for name := range s.Properties {
		do(name)
	}
	for _, parts := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, part := range parts {
			if part.Value != nil && depth < 20 {
				eachProperty(part.Value, depth+1, do)
			}
		}
	}
}
