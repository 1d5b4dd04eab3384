/* The part of plrec.so that breaks the promises of a program which has no switch for it, for negative controls.
 *
 *   PL_SQL=a=>b|c=>d   SQLite is given the statement b where the program says a; blanks and case do not count */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PL_EXPORT __attribute__((visibility("default")))

/* Whether `sql` is the statement that stands between `from` and `end`. */
static bool SameStatement(const char *sql, const char *from, const char *end) {
    for (;; ++sql, ++from) {
        while (*sql == ' ' || *sql == '\n' || *sql == ';') ++sql;
        while (from < end && *from == ' ') ++from;
        if (*sql == '\0' || from == end) return *sql == '\0' && from == end;
        if ((*sql | 0x20) != (*from | 0x20)) return false;
    }
}

/* What to say instead of `sql`, in `out`, or `sql` itself. */
static const char *Instead(const char *sql, char *out, size_t size) {
    for (const char *rule = getenv("PL_SQL"); rule && sql; rule = strchr(rule, '|') ? strchr(rule, '|') + 1 : NULL) {
        const char *arrow = strstr(rule, "=>");
        if (!arrow) abort();
        if (!SameStatement(sql, rule, arrow)) continue;
        snprintf(out, size, "%.*s", (int)strcspn(arrow + 2, "|"), arrow + 2);
        return out;
    }
    return sql;
}

/* The program's own SQLite stands behind us in the search order. */
PL_EXPORT int sqlite3_exec(void *db, const char *sql, int (*row)(void *, int, char **, char **), void *data, char **error) {
    int (*real)(void *, const char *, int (*)(void *, int, char **, char **), void *, char **);
    *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_exec");
    char out[256];
    return real(db, Instead(sql, out, sizeof out), row, data, error);
}
PL_EXPORT int sqlite3_prepare_v2(void *db, const char *sql, int size, void **statement, const char **rest) {
    int (*real)(void *, const char *, int, void **, const char **);
    *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_prepare_v2");
    char out[256];
    const char *text = Instead(sql, out, sizeof out);
    return real(db, text, text == sql ? size : -1, statement, rest);
}
PL_EXPORT int sqlite3_prepare_v3(void *db, const char *sql, int size, unsigned int flags, void **statement, const char **rest) {
    int (*real)(void *, const char *, int, unsigned int, void **, const char **);
    *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_prepare_v3");
    char out[256];
    const char *text = Instead(sql, out, sizeof out);
    return real(db, text, text == sql ? size : -1, flags, statement, rest);
}
