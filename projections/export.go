package projections

import (
	"bufio"
	"context"
	"fmt"
	"io"
)

// Export writes everything that the views hold, as text: a line for each
// checkpoint, then one for each entry of each table in the order of keys, with
// keys in hexadecimal, and values too unless they are JSON. Two stores that folded the same log, whatever happened to them meanwhile, write
// the same bytes. It reads from one moment, and the file cannot grow beyond
// its mapping or be replaced until it is done: w should not block for long.
func (s *Store) Export(ctx context.Context, w io.Writer) error {
	begun := false
	err := s.read(ctx, func(r reader) error {
		if begun { // what was written of a damaged file cannot be taken back
			return ErrRebuilding
		}
		begun = true
		out := bufio.NewWriterSize(w, 1<<16)
		b, err := r.get(stateTable, stateKey)
		if err != nil {
			return err
		}
		var st state
		if err := decode(b, &st); err != nil {
			return err
		}
		for _, stream := range streams {
			c := st.Checkpoints[stream]
			fmt.Fprintf(out, "checkpoint\t%s\t%d\t%s\n", stream, c.Seq, c.ID)
		}
		for _, v := range s.views {
			for _, t := range v.tables() {
				err := r.each(t, nil, func(key, value []byte) (bool, error) {
					form := "%s\t%x\t%x\n"
					if len(value) > 0 && value[0] == '{' {
						form = "%s\t%x\t%s\n"
					}
					fmt.Fprintf(out, form, t.name, key, value)
					return ctx.Err() == nil, ctx.Err()
				})
				if err != nil {
					return err
				}
			}
		}
		return out.Flush()
	})
	if err != nil {
		return fmt.Errorf("exporting the projections: %w", err)
	}
	return nil
}
