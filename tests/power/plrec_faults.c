#define _GNU_SOURCE

#include "plrec_faults.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *g_kill_at;
static size_t g_kill_name;
static long g_kill_number;
static atomic_long g_kill_count;

static const char *g_write;
static long g_write_number;
static atomic_long g_writes;

static long NumberOf(const char *text) {
    const char *at = strchr(text, '@');
    if (!at) abort();
    return atol(at + 1);
}

void pl_read_faults(void) {
    if ((g_kill_at = getenv("PL_KILL"))) {
        g_kill_number = NumberOf(g_kill_at);
        g_kill_name = strcspn(g_kill_at, "@");
    }
    if ((g_write = getenv("PL_WRITE"))) g_write_number = NumberOf(g_write);
}

static void Kill(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause(); /* not a step further, whenever the signal comes */
}

static int IsPoint(const char *point) {
    return g_kill_at && strlen(point) == g_kill_name && strncmp(point, g_kill_at, g_kill_name) == 0;
}

void pl_at(const char *point) {
    if (IsPoint(point) && atomic_fetch_add(&g_kill_count, 1) + 1 == g_kill_number) Kill();
}

int pl_write_fault(size_t *bytes) {
    if (IsPoint("write.half")) {
        const long count = atomic_fetch_add(&g_kill_count, 1) + 1;
        if (count == g_kill_number) *bytes /= 2;
        if (count > g_kill_number) Kill();
    }
    pl_at("write.before");
    if (!g_write) return 0;
    const long count = atomic_fetch_add(&g_writes, 1) + 1;
    if (strncmp(g_write, "readonly@", 9) == 0) return count >= g_write_number ? EROFS : 0;
    if (strncmp(g_write, "eio@", 4) == 0) return count == g_write_number ? EIO : 0;
    if (count % g_write_number != 0) return 0;
    if (strncmp(g_write, "eintr@", 6) == 0) return EINTR;
    if (strncmp(g_write, "short@", 6) == 0 && *bytes > 1) *bytes /= 2;
    return 0;
}
