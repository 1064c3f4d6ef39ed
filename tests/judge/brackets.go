package main

import (
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

// tree puts bracketed names together: values are strings, map[string]any or []any.
func tree(form url.Values) (map[string]any, error) {
	root := map[string]any{}
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		keys, err := split(name)
		if err != nil {
			return nil, err
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
func split(name string) ([]string, error) {
	open := strings.IndexByte(name, '[')
	if open <= 0 || !strings.HasSuffix(name, "]") {
		return []string{name}, nil
	}
	keys := []string{name[:open]}
	for _, key := range strings.Split(name[open+1:len(name)-1], "][") {
		keys = append(keys, key)
	}
	return keys, nil
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
		if s.Type.Includes("integer") || s.Type.Includes("number") {
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

// formDecoder leaves a form to kin-openapi where it has names without brackets only.
func formDecoder(body io.Reader, header http.Header, schema *openapi3.SchemaRef, encoding openapi3filter.EncodingFn) (any, error) {
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	value, err := openapi3filter.UrlencodedBodyDecoder(strings.NewReader(string(data)), header, schema, encoding)
	if err == nil && !strings.Contains(string(data), "[") && !strings.Contains(string(data), "%5B") {
		return value, nil
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, err
	}
	fields, err := tree(form)
	if err != nil {
		return nil, err
	}
	return typed(fields, schema, 0), nil
}

// deepArrays judges the parameters of style deepObject that hold arrays, and gives the operation without them.
func deepArrays(operation *openapi3.Operation, request *http.Request) (*openapi3.Operation, string) {
	var rest openapi3.Parameters
	for _, parameter := range operation.Parameters {
		p := parameter.Value
		if p == nil || p.In != "query" || p.Style != "deepObject" || p.Schema == nil {
			rest = append(rest, parameter)
			continue
		}
		if wrong := deep(p, request); wrong != "" {
			return nil, wrong
		}
	}
	without := *operation
	without.Parameters = rest
	return &without, ""
}

func deep(p *openapi3.Parameter, request *http.Request) string {
	fields, err := tree(request.URL.Query())
	if err != nil {
		return "query: " + err.Error()
	}
	value, ok := fields[p.Name]
	if !ok {
		if p.Required {
			return fmt.Sprintf("parameter %q in query has an error: value is required but missing", p.Name)
		}
		return ""
	}
	if err := p.Schema.Value.VisitJSON(typed(value, p.Schema, 0), openapi3.SetSchemaRegexCompiler(compilePattern)); err != nil {
		return fmt.Sprintf("parameter %q in query has an error: %s", p.Name, explained(err))
	}
	return ""
}
