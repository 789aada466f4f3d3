/* text_value.h -- values written as text, for tests:
 *
 *   'text'  12  true  false  nil  {item, ...}  {name = value, ...}
 *   src 'a.c'                      a source artifact
 *   gen '//p:t' 1 'sky-out/bin/x'  what action 1 of //p:t makes; gendir: a directory
 *   args {operation, ...}          depset {item, ...}
 *
 * Fields may stand in any order.  A mistake in the text ends the program.
 */
#ifndef SKY_SPEC_TEXT_VALUE_H
#define SKY_SPEC_TEXT_VALUE_H

#include "graph/value.h"

struct value *text_value(const char *text);

#endif
