package httpapi

// The description of this API, served as it is written.

import (
	_ "embed" // openapi.yaml
	"net/http"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI gives the OpenAPI 3.1 document of this API, in YAML. The caller must
// not change it.
func OpenAPI() []byte { return openAPI }

func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request) error {
	write(w, http.StatusOK, about(r).accepted[0], openAPI)
	return nil
}
