package scrub

// The forms in which a secret is looked for.

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Least is the least length of a secret in bytes: shorter texts are found where
// there is none.
const Least = 8

// leastForm is the least length of a form, in bytes.
const leastForm = 6

// forms gives a secret as it is, escaped for URLs, JSON, HTML and Go, in
// hexadecimal, and in base64 wherever it stands inside the text that was
// encoded, such as that of Basic authentication (RFC 7617). Of a secret that is
// a URL, what a server sees of it counts as well.
func forms(secret string) []string {
	if len(secret) < Least {
		return nil
	}
	whole := []string{secret, strings.TrimSpace(secret)}
	if text, err := url.PathUnescape(secret); err == nil {
		whole = append(whole, text)
	}
	if text, err := url.QueryUnescape(secret); err == nil {
		whole = append(whole, text)
	}
	if u, err := url.Parse(strings.TrimSpace(secret)); err == nil && u.Host != "" {
		whole = append(whole, u.RequestURI(), u.EscapedPath(), u.Path)
		if password, ok := u.User.Password(); ok {
			whole = append(whole, password)
		}
		for _, values := range u.Query() {
			whole = append(whole, values...)
		}
	}
	var all []string
	for _, text := range whole {
		if len(text) >= Least {
			all = append(all, escaped(text)...)
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool { return len(s) < leastForm })
	slices.Sort(all)
	return slices.Compact(all)
}

func escaped(text string) []string {
	query := url.QueryEscape(text)
	component := strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(query)
	all := []string{text, html.EscapeString(text), hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text)))}
	for _, s := range []string{
		query, strings.ReplaceAll(query, "+", "%20"), component, url.PathEscape(text), (&url.URL{Path: text}).EscapedPath(),
		strings.TrimPrefix(url.UserPassword("", text).String(), ":"),
	} {
		all = append(all, s, lowerHex(s))
	}
	if quoted, err := jsontext.AppendQuote(nil, text); err == nil {
		s := string(quoted[1 : len(quoted)-1])
		all = append(all, s, strings.ReplaceAll(s, "/", `\/`), strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(s))
	}
	for _, s := range []string{strconv.Quote(text), strconv.QuoteToASCII(text)} {
		all = append(all, s[1:len(s)-1])
	}
	for _, s := range base64s(text) {
		all = append(all, s, strings.NewReplacer("+", "-", "/", "_").Replace(s), url.QueryEscape(s))
	}
	return all
}

// lowerHex writes the escapes of a URL in lower case.
func lowerHex(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i+1:i+3], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

// base64s gives what is the same in every base64 of a text that holds this one,
// for each of the three ways in which it can lie across its groups, and the
// base64 of the text alone.
func base64s(text string) []string {
	all := []string{base64.StdEncoding.EncodeToString([]byte(text)), base64.RawStdEncoding.EncodeToString([]byte(text))}
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
		from := (8*before + 5) / 6         // the first character of its bits alone
		to := (8*before + 8*len(text)) / 6 // after the last one
		all = append(all, encoded[from:to])
	}
	return all
}
