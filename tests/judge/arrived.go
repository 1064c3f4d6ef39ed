package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// arrived says whether a parameter is in the request and holds what is meant. A request whose optional parts were all
// lost on the way would be valid too.
func arrived(input *openapi3filter.RequestValidationInput, operation *openapi3.Operation, meant meant) string {
	parameter := find(operation, input.Route.PathItem, meant)
	if parameter == nil || parameter.Schema == nil {
		return ""
	}
	required := *parameter
	required.Required = true
	if isNested(parameter) {
		members := []string{}
		if object, ok := meant.Value.(map[string]any); ok && isExploded(parameter) {
			for name := range object {
				members = append(members, name)
			}
		}
		return deep(&required, members, input.Request)
	}
	if isPlain(meant.Value) && isPlainSchema(parameter.Schema.Value) {
		exact := *parameter.Schema.Value
		exact.Enum = []any{meant.Value}
		exact.Const = nil
		required.Schema = &openapi3.SchemaRef{Value: &exact}
	}
	if err := openapi3filter.ValidateParameter(context.Background(), input, &required); err != nil {
		return "arrived: " + explained(err)
	}
	return ""
}

func find(operation *openapi3.Operation, item *openapi3.PathItem, meant meant) *openapi3.Parameter {
	for _, parameters := range []openapi3.Parameters{operation.Parameters, item.Parameters} {
		if parameter := parameters.GetByInAndName(meant.In, meant.Name); parameter != nil {
			return parameter
		}
	}
	return nil
}

// isPlain tells values that are compared: numbers as such, so that 1 is 1.0.
func isPlain(value any) bool {
	switch value := value.(type) {
	case string, bool, float64:
		return true
	case []any:
		for _, item := range value {
			if _, ok := item.(string); !ok {
				return false
			}
		}
		return len(value) > 0
	}
	return false
}

func isPlainSchema(schema *openapi3.Schema) bool {
	return schema.Type != nil && len(schema.AllOf)+len(schema.AnyOf)+len(schema.OneOf) == 0
}

// registerDecoders adds what kin-openapi has no decoder for: such bodies are taken as they are.
func registerDecoders() {
	openapi3filter.RegisterBodyDecoder("*/*", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/x-www-form-urlencoded", formDecoder)
	openapi3filter.RegisterBodyDecoder("multipart/form-data", multipartDecoder)
	for _, name := range []string{"text/json", "application/json-patch", "application/x-json"} {
		openapi3filter.RegisterBodyDecoder(name, openapi3filter.JSONBodyDecoder)
	}
}

// bodyForDecoder gives the operation with a body that kin-openapi can decode; nil if it can as it is.
//
// There is nothing in an XML or binary body that a schema could be held against, so those have none: their content type
// and presence count all the same. The schema of a multipart body that names no type is that of an object.
func bodyForDecoder(operation *openapi3.Operation, request *http.Request) *openapi3.Operation {
	if operation.RequestBody == nil || operation.RequestBody.Value == nil {
		return nil
	}
	name, _, _ := mime.ParseMediaType(request.Header.Get("content-type"))
	isMultipart := name == "multipart/form-data"
	if strings.Contains(name, "json") || name == "application/x-www-form-urlencoded" {
		return nil
	}
	body := *operation.RequestBody.Value
	content := openapi3.Content{}
	for name, media := range body.Content {
		bare := *media
		switch {
		case !isMultipart:
			bare.Schema = nil
		case bare.Schema != nil && bare.Schema.Value != nil && bare.Schema.Value.Type == nil:
			object := *bare.Schema.Value
			object.Type = &openapi3.Types{"object"}
			bare.Schema = &openapi3.SchemaRef{Value: &object}
		}
		content[name] = &bare
	}
	body.Content = content
	other := *operation
	other.RequestBody = &openapi3.RequestBodyRef{Value: &body}
	return &other
}

// bodyArrived compares a body with what it is meant to hold.
func bodyArrived(s sent, meant any) string {
	if s.Body == nil {
		return "arrived: there is no body"
	}
	data := []byte(*s.Body)
	if s.BodyEncoding == "base64" {
		data, _ = base64.StdEncoding.DecodeString(*s.Body)
	}
	content := ""
	for _, header := range s.Headers {
		if strings.EqualFold(header[0], "content-type") {
			content = header[1]
		}
	}
	media, parameters, _ := mime.ParseMediaType(content)
	switch {
	case strings.Contains(media, "json"):
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			return "arrived: the body is not JSON"
		}
		if !same(value, meant) {
			return "arrived: the body is not what was typed: `" + different(value, meant, "") + "`"
		}
	case media == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(data))
		if err != nil {
			return "arrived: the form is not well formed"
		}
		return fields(meant, func(name string) ([]string, bool) { values, ok := form[name]; return values, ok }, keys(form))
	case media == "multipart/form-data":
		form := url.Values{}
		reader := multipart.NewReader(bytes.NewReader(data), parameters["boundary"])
		for {
			part, err := reader.NextRawPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				return "arrived: the parts are not well formed"
			}
			text, _ := io.ReadAll(part)
			form.Add(part.FormName(), string(text))
		}
		return fields(meant, func(name string) ([]string, bool) { values, ok := form[name]; return values, ok }, keys(form))
	}
	return ""
}

func keys(form url.Values) []string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	return names
}

// fields compares the fields of a form with the members of an object: each must be there, by its own name or by names
// that begin with it, and a plain one must be the same.
func fields(meant any, get func(string) ([]string, bool), names []string) string {
	object, ok := meant.(map[string]any)
	if !ok {
		return ""
	}
	for name, value := range object {
		values, ok := get(name)
		text, plain := value.(string)
		if ok && plain && (len(values) != 1 || values[0] != text) {
			return fmt.Sprintf("arrived: the field `%s` is not what was typed: `%v`", name, values)
		}
		if ok {
			continue
		}
		for _, other := range names {
			ok = ok || strings.HasPrefix(other, name+"[") || strings.HasPrefix(other, name+".")
		}
		if list, isList := value.([]any); isList && len(list) == 0 {
			ok = true
		}
		if !ok {
			return fmt.Sprintf("arrived: the field `%s` is missing", name)
		}
	}
	return ""
}

// same compares two values; one item may stand for a list of it, where the schema allows both.
func same(a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	if list, ok := b.([]any); ok && len(list) == 1 && reflect.DeepEqual(a, list[0]) {
		return true
	}
	x, isMap := a.(map[string]any)
	y, areMaps := b.(map[string]any)
	if isMap && areMaps && len(x) == len(y) {
		for key, value := range y {
			if other, ok := x[key]; !ok || !same(other, value) {
				return false
			}
		}
		return true
	}
	p, isList := a.([]any)
	q, areLists := b.([]any)
	if isList && areLists && len(p) == len(q) {
		for n := range q {
			if !same(p[n], q[n]) {
				return false
			}
		}
		return true
	}
	return false
}

// different gives the first place where two values are not the same.
func different(a, b any, at string) string {
	x, isMap := a.(map[string]any)
	y, areMaps := b.(map[string]any)
	if isMap && areMaps {
		for key, value := range y {
			if other, ok := x[key]; !ok {
				return at + "/" + key + " is missing"
			} else if !same(other, value) {
				return different(other, value, at+"/"+key)
			}
		}
		for key := range x {
			if _, ok := y[key]; !ok {
				return at + "/" + key + " is too much"
			}
		}
	}
	p, _ := json.Marshal(a)
	q, _ := json.Marshal(b)
	text := fmt.Sprintf("%s: %s instead of %s", at, p, q)
	if len(text) > 300 {
		text = text[:300]
	}
	return text
}
