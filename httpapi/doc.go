// Package httpapi is the HTTP face of Ranvier: a [Server] writes through the
// engine, reads the projections and streams the log itself.
//
// Every route is one row of the table in server.go; openapi.yaml describes the
// same routes, and a test holds the two together. A handler returns its
// failure, and one wrapper (wrap.go) turns it into the answer, so each error
// is either shown to the client or logged, once.
//
// A read waits until the projections hold everything that was durable when it
// came, so a client sees its own writes. A write is answered when it is
// durable, never before.
//
// Requests are read strictly: an unknown or repeated field, a bad filter, a
// body that is not plain JSON is a 400 that names every problem it can
// (decode.go, query.go).
package httpapi
