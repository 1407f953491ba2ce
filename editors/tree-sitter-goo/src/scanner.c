// The part of Goo's lexical grammar that needs to look ahead.
//
// - A line break, or a comment that holds one, ends a statement wherever the grammar allows a statement to end: the
//   grammar allows it only behind the tokens after which Go and Goo do.
// - The words that Goo adds to Go are not reserved. Each is a keyword only if what follows says so, by the rules of
//   compiler/src/syntax/parse/goo.rs and its modules; otherwise it is an identifier.
// - `1.` is a float, but not in `1..9`.
//
// The scanner keeps no state.

#include "tree_sitter/parser.h"

#include <string.h>

// In the order of `externals` in grammar.js.
enum Token {
  NEWLINE,
  TRAILING_POINT,
  MATCH,
  TRY,
  FAIL,
  YIELD,
  ASSERT,
  SUPERVISE,
  PARALLEL,
  AFTER,
  ENUM,
  BIND,
  CONNECT,
  SPREAD_PATTERN,
  CALL_PATTERN,
  OPTIONS_OPEN,
  PARAMETER_BEGINS,
  RECOVERING,
};

enum { LONGEST_WORD = 10 };

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

// Letters beyond ASCII need not be told apart here: no keyword has one.
static bool is_word_char(int32_t c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c > 127;
}

static bool is_word_start(int32_t c) { return is_word_char(c) && !is_digit(c); }

static void skip_blanks(TSLexer *lexer) {
  while (is_blank(lexer->lookahead)) advance(lexer);
}

// Reads a word into `word`, or as much of it as tells that it is no keyword.
static void read_word(TSLexer *lexer, char word[LONGEST_WORD + 2]) {
  int length = 0;
  while (is_word_char(lexer->lookahead)) {
    if (length <= LONGEST_WORD) word[length++] = lexer->lookahead > 127 ? '?' : (char)lexer->lookahead;
    advance(lexer);
  }
  word[length] = 0;
}

static bool is_any_of(const char *word, const char *const *words) {
  for (; *words; words++) {
    if (strcmp(word, *words) == 0) return true;
  }
  return false;
}

// Go's keywords that begin no operand.
static bool ends_operand_place(const char *word) {
  static const char *const words[] = {"break",  "case",   "const", "continue", "default", "defer", "else",
                                      "for",    "goto",   "if",    "import",   "package", "range", "return",
                                      "select", "switch", "type",  "var",      NULL};
  return is_any_of(word, words) || strcmp(word, "fallthrough") == 0;
}

// Skips a string or rune whose quote comes next.
static void skip_quoted(TSLexer *lexer) {
  int32_t quote = lexer->lookahead;
  advance(lexer);
  while (!lexer->eof(lexer) && lexer->lookahead != quote) {
    if (quote != '`') {
      if (lexer->lookahead == '\n') return;
      if (lexer->lookahead == '\\') advance(lexer);
    }
    advance(lexer);
  }
  advance(lexer);
}

// Skips what stands between brackets, the opening one of which comes next.
static void skip_bracketed(TSLexer *lexer) {
  int depth = 0;
  while (!lexer->eof(lexer)) {
    switch (lexer->lookahead) {
      case '(':
      case '[':
      case '{':
        depth++;
        break;
      case ')':
      case ']':
      case '}':
        if (--depth == 0) {
          advance(lexer);
          return;
        }
        break;
      case '"':
      case '\'':
      case '`':
        skip_quoted(lexer);
        continue;
      default:
        break;
    }
    advance(lexer);
  }
}

// Whether an operand follows the word before, so that the word is no name.
static bool operand_follows(TSLexer *lexer) {
  bool spaced = is_blank(lexer->lookahead);
  skip_blanks(lexer);
  int32_t c = lexer->lookahead;
  if (is_word_start(c)) {
    char next[LONGEST_WORD + 2];
    read_word(lexer, next);
    return !ends_operand_place(next);
  }
  switch (c) {
    case '"':
    case '\'':
    case '`':
      return true;
    case '(':
    case '[':
      return spaced;
    case '!':
      advance(lexer);
      return lexer->lookahead != '=';
    case '.':
      advance(lexer);
      return is_digit(lexer->lookahead);
    case '<':
      advance(lexer);
      if (lexer->lookahead != '-') return false;
      advance(lexer);
      break;
    case '-':
    case '+':
    case '*':
    case '&':
    case '^':
      advance(lexer);
      // `x += 1`, `x--`, `x && y`: longer tokens.
      if (lexer->lookahead == '=' || (lexer->lookahead == c && c != '*') || (c == '&' && lexer->lookahead == '^')) {
        return false;
      }
      break;
    default:
      return is_digit(c);
  }
  return spaced && !is_blank(lexer->lookahead) && lexer->lookahead != '\n';
}

// Skips to `stop` at its own level, on this line. Strings and brackets but the `{` of a body are skipped whole.
static bool skip_to_on_line(TSLexer *lexer, int32_t stop, bool brackets) {
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    if (c == stop) return true;
    switch (c) {
      case '\n':
      case ';':
      case ',':
      case ')':
      case ']':
      case '}':
        return false;
      case '"':
      case '\'':
      case '`':
        skip_quoted(lexer);
        continue;
      case '{':
        if (!brackets) return false;
        // fall through
      case '(':
      case '[':
        skip_bracketed(lexer);
        continue;
      default:
        advance(lexer);
    }
  }
  return false;
}

// Whether the first `{` on this line holds a `=>` in its first item.
static bool arms_follow(TSLexer *lexer) {
  if (!skip_to_on_line(lexer, '{', false)) return false;
  advance(lexer);
  for (;;) {
    while (is_blank(lexer->lookahead) || lexer->lookahead == '\n') advance(lexer);
    if (lexer->lookahead != '/') break;
    // A comment before the first arm.
    advance(lexer);
    if (lexer->lookahead != '/') return true;
    while (!lexer->eof(lexer) && lexer->lookahead != '\n') advance(lexer);
  }
  while (skip_to_on_line(lexer, '=', true)) {
    advance(lexer);
    if (lexer->lookahead == '>') return true;
    if (lexer->lookahead == '=') advance(lexer);
  }
  return false;
}

static bool match_follows(TSLexer *lexer) {
  skip_blanks(lexer);
  int32_t c = lexer->lookahead;
  if (is_word_start(c)) {
    char next[LONGEST_WORD + 2];
    read_word(lexer, next);
    return !ends_operand_place(next);
  }
  switch (c) {
    case '"':
    case '\'':
    case '`':
      return true;
    case '!':
      advance(lexer);
      return lexer->lookahead != '=';
    case '(':
    case '[':
    case '-':
    case '+':
    case '*':
    case '&':
    case '^':
    case '<':
      return arms_follow(lexer);
    default:
      return is_digit(c);
  }
}

static bool try_follows(TSLexer *lexer) {
  // `try{…}` is a composite literal of a type `try`; a block stands behind a blank.
  if (is_blank(lexer->lookahead)) {
    skip_blanks(lexer);
    if (lexer->lookahead == '{') return true;
    if (lexer->lookahead == '(' || lexer->lookahead == '[') return true;
    // The blank before an operator was taken: what is left of the rule is that none follows it.
    int32_t c = lexer->lookahead;
    if (c == '<' || c == '-' || c == '+' || c == '*' || c == '&' || c == '^') {
      advance(lexer);
      if (c == '<') {
        if (lexer->lookahead != '-') return false;
        advance(lexer);
      } else if (lexer->lookahead == '=' || lexer->lookahead == c) {
        return false;
      }
      return !is_blank(lexer->lookahead) && lexer->lookahead != '\n';
    }
  }
  return operand_follows(lexer);
}

static bool supervise_follows(TSLexer *lexer) {
  skip_blanks(lexer);
  if (lexer->lookahead == '{') return true;
  if (is_word_start(lexer->lookahead)) {
    char next[LONGEST_WORD + 2];
    read_word(lexer, next);
    return !ends_operand_place(next);
  }
  if (lexer->lookahead != '(') return false;
  skip_bracketed(lexer);
  skip_blanks(lexer);
  return lexer->lookahead == '{';
}

static bool word_follows(TSLexer *lexer, const char *word) {
  char next[LONGEST_WORD + 2];
  skip_blanks(lexer);
  read_word(lexer, next);
  return strcmp(next, word) == 0;
}

// Whether a type begins here.
static bool type_follows(TSLexer *lexer) {
  skip_blanks(lexer);
  int32_t c = lexer->lookahead;
  return is_word_start(c) || c == '*' || c == '[' || c == '(' || c == '!' || c == '<';
}

// Whether the `(` which comes next opens options, rather than arguments: no call has only named arguments.
static bool options_follow(TSLexer *lexer) {
  char name[LONGEST_WORD + 2];
  advance(lexer);
  lexer->mark_end(lexer);
  skip_blanks(lexer);
  if (!is_word_start(lexer->lookahead)) return false;
  read_word(lexer, name);
  skip_blanks(lexer);
  return lexer->lookahead == ':';
}

// Finds `1.`; the first digit comes next.
static bool trailing_point(TSLexer *lexer) {
  while (is_digit(lexer->lookahead) || lexer->lookahead == '_') advance(lexer);
  if (lexer->lookahead != '.') return false;
  advance(lexer);
  lexer->mark_end(lexer);
  if (lexer->lookahead == 'e' || lexer->lookahead == 'E') {
    advance(lexer);
    if (lexer->lookahead == '+' || lexer->lookahead == '-') advance(lexer);
    if (!is_digit(lexer->lookahead)) return false;
    while (is_digit(lexer->lookahead) || lexer->lookahead == '_') advance(lexer);
    lexer->mark_end(lexer);
  }
  return lexer->lookahead != '.' && !is_digit(lexer->lookahead) && !is_word_char(lexer->lookahead);
}

// The keyword that the word which comes next is, if the grammar wants it and what follows agrees.
static bool keyword(TSLexer *lexer, const bool *valid) {
  static const char *const spread[] = {"push", "pull", "pub", "sub", "broadcast", "pair", "dealer", "router", NULL};
  static const char *const call[] = {"req", "rep", NULL};

  char word[LONGEST_WORD + 2];
  read_word(lexer, word);
  lexer->mark_end(lexer);

#define KEYWORD(token, text, rule)                     \
  if (valid[token] && strcmp(word, text) == 0) {       \
    lexer->result_symbol = token;                      \
    return rule;                                       \
  }
  KEYWORD(MATCH, "match", match_follows(lexer))
  KEYWORD(TRY, "try", try_follows(lexer))
  KEYWORD(FAIL, "fail", operand_follows(lexer))
  KEYWORD(YIELD, "yield", operand_follows(lexer))
  KEYWORD(ASSERT, "assert", operand_follows(lexer))
  KEYWORD(SUPERVISE, "supervise", supervise_follows(lexer))
  KEYWORD(PARALLEL, "parallel", word_follows(lexer, "for"))
  KEYWORD(AFTER, "after", operand_follows(lexer))
  KEYWORD(BIND, "bind", operand_follows(lexer))
  KEYWORD(CONNECT, "connect", operand_follows(lexer))
#undef KEYWORD
  if (valid[ENUM] && strcmp(word, "enum") == 0) {
    lexer->result_symbol = ENUM;
    skip_blanks(lexer);
    return lexer->lookahead == '{';
  }
  if (valid[SPREAD_PATTERN] && !valid[PARAMETER_BEGINS] && is_any_of(word, spread)) {
    lexer->result_symbol = SPREAD_PATTERN;
    return word_follows(lexer, "chan");
  }
  if (valid[CALL_PATTERN] && is_any_of(word, call)) {
    lexer->result_symbol = CALL_PATTERN;
    if (!word_follows(lexer, "chan")) return false;
    skip_blanks(lexer);
    if (lexer->lookahead != '(') return false;
    if (!valid[PARAMETER_BEGINS]) return true;
    skip_bracketed(lexer);
    return type_follows(lexer);
  }
  return false;
}

void *tree_sitter_goo_external_scanner_create(void) { return NULL; }

void tree_sitter_goo_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_goo_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}

void tree_sitter_goo_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

bool tree_sitter_goo_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  // While the parser recovers, everything is valid, and the line break is what it needs most.
  bool recovering = valid[RECOVERING];

  for (;;) {
    int32_t c = lexer->lookahead;
    if (c == '\n' && valid[NEWLINE]) {
      advance(lexer);
      lexer->mark_end(lexer);
      lexer->result_symbol = NEWLINE;
      return true;
    }
    if (!is_blank(c) && c != '\n') break;
    lexer->advance(lexer, true);
  }

  if (lexer->lookahead == '/' && valid[NEWLINE]) {
    // A comment that holds a line break counts as one; the comment itself is found in the next round.
    lexer->mark_end(lexer);
    advance(lexer);
    if (lexer->lookahead != '*') return false;
    advance(lexer);
    int32_t before = 0;
    while (!lexer->eof(lexer) && !(before == '*' && lexer->lookahead == '/')) {
      if (lexer->lookahead == '\n') {
        lexer->result_symbol = NEWLINE;
        return true;
      }
      before = lexer->lookahead;
      advance(lexer);
    }
    return false;
  }

  if (recovering) return false;
  if (is_digit(lexer->lookahead)) {
    lexer->result_symbol = TRAILING_POINT;
    return valid[TRAILING_POINT] && trailing_point(lexer);
  }
  if (lexer->lookahead == '(') {
    lexer->result_symbol = OPTIONS_OPEN;
    return valid[OPTIONS_OPEN] && options_follow(lexer);
  }
  return is_word_start(lexer->lookahead) && keyword(lexer, valid);
}
