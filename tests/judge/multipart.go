package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// multipartDecoder leaves a body of parts to kin-openapi where it decodes all of it. It knows no parts but those that
// `properties` of the schema itself name, and takes one that has alternatives, or no type, for null. Only the decoding
// is the judge's own then; what comes of it is judged by the schema.
func multipartDecoder(body io.Reader, header http.Header, schema *openapi3.SchemaRef, encoding openapi3filter.EncodingFn) (any, error) {
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	form, plain, err := parts(data, header)
	if err != nil {
		return nil, err
	}
	value, failed := openapi3filter.MultipartBodyDecoder(bytes.NewReader(data), header, schema, encoding)
	if object, ok := value.(map[string]any); failed == nil && ok && !hasNull(value) && len(object) == len(form) {
		return value, nil
	}
	// Names with brackets are put together; what came as JSON is already what it is.
	fields, err := tree(plain, schema)
	if err != nil {
		return nil, err
	}
	object, _ := typed(fields, schema, 0).(map[string]any)
	for name, values := range form {
		if _, isPlain := plain[name]; isPlain {
			continue
		}
		if len(values) > 1 || (schema != nil && schema.Value != nil && isList(schema.Value, name, 0)) {
			object[name] = values
		} else {
			object[name] = values[0]
		}
	}
	return object, nil
}

// parts gives every part by its name: the values of all of them, and apart from those the texts.
func parts(data []byte, header http.Header) (map[string][]any, url.Values, error) {
	_, parameters, err := mime.ParseMediaType(header.Get("content-type"))
	if err != nil {
		return nil, nil, err
	}
	form, plain := map[string][]any{}, url.Values{}
	reader := multipart.NewReader(bytes.NewReader(data), parameters["boundary"])
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return form, plain, nil
		}
		if err != nil {
			return nil, nil, err
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		name := part.FormName()
		if strings.Contains(part.Header.Get("content-type"), "json") {
			var value any
			if err := json.Unmarshal(text, &value); err != nil {
				return nil, nil, err
			}
			form[name] = append(form[name], value)
			continue
		}
		form[name] = append(form[name], string(text))
		plain.Add(name, string(text))
	}
}

// isList says whether a property is an array, in whichever part of the schema it is named.
func isList(s *openapi3.Schema, name string, depth int) bool {
	if property := s.Properties[name]; property != nil && property.Value != nil {
		return isArray(property.Value, 0)
	}
	for _, parts := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, part := range parts {
			if part.Value != nil && depth < 20 && isList(part.Value, name, depth+1) {
				return true
			}
		}
	}
	return false
}

// hasNull tells a value that is not decoded in one of its members.
func hasNull(value any) bool {
	object, ok := value.(map[string]any)
	for _, member := range object {
		if member == nil {
			return true
		}
	}
	return !ok && value == nil
}
