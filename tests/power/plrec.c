/* plrec.so: an LD_PRELOAD recorder of what a process does to the files below one directory, for plcheck to cut the power
 * at any point of it. It sees libc calls only: a writable shared mapping, FILE* or io_uring would escape (the first is
 * reported). SQLite's -shm is left out: SQLite rebuilds it.
 *
 * Environment
 *   PL_DIR            the directory (must exist)
 *   PL_LOG            where the record goes, outside of PL_DIR; appended to, so a restarted process goes on in it
 *   PL_EIO_SYNC=n     the n-th fsync or fdatasync below PL_DIR fails with EIO, once
 *   PL_ENOSPC=bytes   writes below PL_DIR fail with ENOSPC after so many bytes
 *   PL_KILL, PL_WRITE see plrec_faults.h
 *   PL_COUNT=file     holds "syncs=N wal_syncs=M database_syncs=L acks=K", always current
 *
 * Order: one mutex gives the order of the log. A write is done and logged under it; the begin and the end of a sync are
 * logged around it; an acknowledgement is logged before its first byte is sent. So a sync that ended before an
 * acknowledgement stands before it in the log, and a write counts as covered only if it ended before the sync began. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "plrec_faults.h"
#include "record.h"

#define PL_EXPORT __attribute__((visibility("default")))
enum { kMaxFds = 1 << 16, kWalFlag = 1, kDatabaseFlag = 2 };

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool g_on;
static int g_log = -1;
static int g_count = -1;
static char g_root[PATH_MAX];
static size_t g_root_size;
static long g_eio_at;
static long long g_space = -1; /* bytes left, -1: no limit */
static uint64_t g_next_handle = 1, g_next_token = 1;
static long g_syncs, g_wal_syncs, g_database_syncs, g_acks;
static _Atomic uint64_t g_handles[kMaxFds]; /* 0: not ours */
static _Atomic unsigned char g_flags[kMaxFds];
static size_t g_body_left[kMaxFds]; /* of a 202 whose head went out without all of its body */

static void Die(const char *what) {
    dprintf(2, "plrec: %s: %s\n", what, strerror(errno));
    syscall(SYS_exit_group, 99);
}

/* Call with the lock held. A hole in the log would make false results: better no process. */
static void Log(uint32_t op, uint64_t handle, uint64_t a, uint64_t b, const struct iovec *parts, int count,
                size_t bytes) {
    struct power_record head = {(uint32_t)bytes, op, handle, a, b};
    struct iovec all[IOV_MAX < 64 ? IOV_MAX : 64];
    if (count > 63) Die("too many parts in one write");
    all[0] = (struct iovec){&head, sizeof head};
    int used = 1;
    size_t left = bytes;
    for (int i = 0; i < count && left > 0; ++i) {
        const size_t n = parts[i].iov_len < left ? parts[i].iov_len : left;
        all[used++] = (struct iovec){parts[i].iov_base, n};
        left -= n;
    }
    if (syscall(SYS_writev, g_log, all, used) != (long)(sizeof head + bytes)) Die("cannot write the record");
}

static void LogBytes(uint32_t op, uint64_t handle, uint64_t a, uint64_t b, const void *data, size_t bytes) {
    const struct iovec part = {(void *)(uintptr_t)data, bytes};
    Log(op, handle, a, b, &part, 1, bytes);
}

static void Escape(const char *what) {
    pthread_mutex_lock(&g_lock);
    LogBytes(POWER_ESCAPE, 0, 0, 0, what, strlen(what));
    pthread_mutex_unlock(&g_lock);
}

static void ShowCounts(void) {
    if (g_count < 0) return;
    char line[128];
    const int n = snprintf(line, sizeof line, "syncs=%-10ld wal_syncs=%-10ld database_syncs=%-10ld acks=%-10ld\n", g_syncs,
                           g_wal_syncs, g_database_syncs, g_acks);
    syscall(SYS_pwrite64, g_count, line, (size_t)n, 0L);
}

static void ChildStopsRecording(void) { atomic_store(&g_on, false); }

__attribute__((constructor)) static void Start(void) {
    const char *dir = getenv("PL_DIR"), *log = getenv("PL_LOG");
    unsetenv("LD_PRELOAD");
    if (!dir || !log) return;
    if (!realpath(dir, g_root)) Die("PL_DIR");
    g_root_size = strlen(g_root);
    g_log = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (g_log < 0) Die("PL_LOG");
    const char *text = getenv("PL_COUNT");
    if (text) g_count = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if ((text = getenv("PL_EIO_SYNC"))) g_eio_at = atol(text);
    if ((text = getenv("PL_ENOSPC"))) g_space = atoll(text);
    pl_read_faults();
    pthread_atfork(NULL, NULL, ChildStopsRecording);
    LogBytes(POWER_START, 0, (uint64_t)getpid(), 0, "", 0);
    ShowCounts();
    atomic_store(&g_on, true);
}

static uint64_t HandleOf(int fd) {
    return fd >= 0 && fd < kMaxFds && atomic_load(&g_on) ? atomic_load(&g_handles[fd]) : 0;
}

/* The path relative to PL_DIR of an absolute one, or NULL if it is not below it. */
static const char *Below(const char *path) {
    if (strncmp(path, g_root, g_root_size) != 0) return NULL;
    if (path[g_root_size] == '\0') return path + g_root_size;
    return path[g_root_size] == '/' ? path + g_root_size + 1 : NULL;
}

static bool EndsWith(const char *text, const char *end) {
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Where (dirfd, path) leads, without following its last component; what the caller names need not exist. */
static const char *Locate(int dirfd, const char *path, char out[PATH_MAX]) {
    if (!atomic_load(&g_on) || !path) return NULL;
    char whole[2 * PATH_MAX], link[64];
    whole[0] = '\0';
    if (path[0] != '/' && dirfd != AT_FDCWD) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
        const ssize_t n = readlink(link, whole, PATH_MAX - 2);
        if (n < 0) return NULL;
        whole[n] = '/';
        whole[n + 1] = '\0';
    }
    if (strlen(path) >= PATH_MAX) return NULL;
    strcat(whole, path);
    size_t end = strlen(whole);
    while (end > 1 && whole[end - 1] == '/') whole[--end] = '\0';
    char *slash = strrchr(whole, '/');
    char name[NAME_MAX + 1];
    const char *last = slash ? slash + 1 : whole;
    if (strlen(last) > NAME_MAX) return NULL;
    strcpy(name, last);
    if (slash && slash != whole) *slash = '\0';
    if (!realpath(slash ? (slash == whole ? "/" : whole) : ".", out)) return NULL;
    if (strlen(out) + strlen(name) + 2 > PATH_MAX) return NULL;
    strcat(out, "/");
    strcat(out, name);
    const char *below = Below(out);
    return below && !EndsWith(below, "-shm") ? below : NULL;
}

static void Forget(int fd) {
    if (fd < 0 || fd >= kMaxFds) return;
    atomic_store(&g_handles[fd], 0);
    g_body_left[fd] = 0;
}

static int Open(int dirfd, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    const char *below = Locate(dirfd, path, buffer);
    if (!below) {
        const int fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
        if (fd >= 0) Forget(fd);
        return fd;
    }
    pthread_mutex_lock(&g_lock);
    const int fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
    const int error = errno;
    struct stat info;
    if (fd >= kMaxFds) Die("descriptor out of range");
    if (fd >= 0 && fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))) {
        atomic_store(&g_handles[fd], g_next_handle);
        const unsigned char kind = EndsWith(below, "-wal") ? kWalFlag : EndsWith(below, ".db") ? kDatabaseFlag : 0;
        atomic_store(&g_flags[fd], kind);
        LogBytes(POWER_OPEN, g_next_handle++, (flags & O_TRUNC) != 0, S_ISDIR(info.st_mode), below, strlen(below));
    }
    pthread_mutex_unlock(&g_lock);
    errno = error;
    return fd;
}

static mode_t Mode(int flags, va_list list) {
    return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? (mode_t)va_arg(list, int) : 0;
}

#define PL_OPEN(name)                             \
    PL_EXPORT int name(const char *path, int flags, ...) { \
        va_list list;                             \
        va_start(list, flags);                    \
        const mode_t mode = Mode(flags, list);    \
        va_end(list);                             \
        return Open(AT_FDCWD, path, flags, mode); \
    }
#define PL_OPENAT(name)                                             \
    PL_EXPORT int name(int dirfd, const char *path, int flags, ...) { \
        va_list list;                                               \
        va_start(list, flags);                                      \
        const mode_t mode = Mode(flags, list);                      \
        va_end(list);                                               \
        return Open(dirfd, path, flags, mode);                      \
    }
PL_OPEN(open)
PL_OPEN(open64)
PL_OPENAT(openat)
PL_OPENAT(openat64)
PL_EXPORT int __open_2(const char *path, int flags) { return Open(AT_FDCWD, path, flags, 0); }
PL_EXPORT int __open64_2(const char *path, int flags) { return Open(AT_FDCWD, path, flags, 0); }
PL_EXPORT int __openat_2(int dirfd, const char *path, int flags) { return Open(dirfd, path, flags, 0); }
PL_EXPORT int __openat64_2(int dirfd, const char *path, int flags) { return Open(dirfd, path, flags, 0); }
PL_EXPORT int creat(const char *path, mode_t mode) { return Open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
PL_EXPORT int creat64(const char *path, mode_t mode) { return creat(path, mode); }

PL_EXPORT int close(int fd) {
    Forget(fd);
    return (int)syscall(SYS_close, fd);
}

static int Duplicated(int from, int to) {
    if (to >= 0 && to < kMaxFds) {
        atomic_store(&g_handles[to], HandleOf(from));
        atomic_store(&g_flags[to], atomic_load(&g_flags[from]));
        g_body_left[to] = 0;
    }
    return to;
}
PL_EXPORT int dup(int fd) { return Duplicated(fd, (int)syscall(SYS_dup, fd)); }
PL_EXPORT int dup3(int fd, int to, int flags) { return Duplicated(fd, (int)syscall(SYS_dup3, fd, to, flags)); }
PL_EXPORT int dup2(int fd, int to) { return fd == to ? to : dup3(fd, to, 0); }

static int Control(int fd, int command, long argument) {
    const int result = (int)syscall(SYS_fcntl, fd, command, argument);
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? Duplicated(fd, result) : result;
}
#define PL_FCNTL(name)                              \
    PL_EXPORT int name(int fd, int command, ...) {  \
        va_list list;                               \
        va_start(list, command);                    \
        const long argument = va_arg(list, long);   \
        va_end(list);                               \
        return Control(fd, command, argument);      \
    }
PL_FCNTL(fcntl)
PL_FCNTL(fcntl64)

/* Call with the lock held. */
static bool HasSpace(size_t bytes) {
    if (g_space < 0) return true;
    if ((long long)bytes > g_space) return false;
    g_space -= (long long)bytes;
    return true;
}

/* offset < 0: at the descriptor's own. */
static ssize_t WriteFile(int fd, uint64_t handle, const struct iovec *parts, int count, off_t offset) {
    size_t bytes = 0;
    for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
    size_t allowed = bytes;
    const int fault = pl_write_fault(&allowed);
    pthread_mutex_lock(&g_lock);
    ssize_t n = -1;
    if (fault != 0 || !HasSpace(bytes)) {
        errno = fault != 0 ? fault : ENOSPC;
    } else if (allowed < bytes && count == 1) {
        n = offset < 0 ? syscall(SYS_write, fd, parts[0].iov_base, allowed)
                       : syscall(SYS_pwrite64, fd, parts[0].iov_base, allowed, (long)offset);
    } else {
        n = offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
    }
    const int error = errno;
    if (n > 0) {
        const off_t at = offset < 0 ? (off_t)syscall(SYS_lseek, fd, 0L, SEEK_CUR) - n : offset;
        Log(POWER_WRITE, handle, (uint64_t)at, 0, parts, count, (size_t)n);
    }
    pthread_mutex_unlock(&g_lock);
    errno = error;
    return n;
}

/* Appends the values of every "id": "..." in [text, text + size) to `out`, each with a newline; returns how many. */
static long FindIds(const char *text, size_t size, char *out, size_t *used) {
    long found = 0;
    const char *end = text + size;
    for (;;) {
        const char *key = memmem(text, (size_t)(end - text), "\"id\"", 4);
        if (!key) return found;
        text = key + 4;
        while (text < end && (*text == ':' || *text == ' ')) ++text;
        if (text >= end || *text != '"') continue;
        const char *value = ++text;
        while (text < end && *text != '"') text += *text == '\\' ? 2 : 1;
        if (text >= end) return found;
        memcpy(out + *used, value, (size_t)(text - value));
        *used += (size_t)(text - value);
        out[(*used)++] = '\n';
        ++found;
    }
}

static size_t ContentLength(const char *head, size_t size) {
    static const char kName[] = "\ncontent-length:";
    for (size_t i = 0; i + sizeof kName < size; ++i) {
        if (strncasecmp(head + i, kName, sizeof kName - 1) == 0) return strtoul(head + i + sizeof kName - 1, NULL, 10);
    }
    return 0;
}

/* Several answers may stand in one buffer, and a body may follow its head in a later one. */
static void SeeAnswers(int fd, const char *text, size_t size) {
    static const char kAccepted[] = "HTTP/1.1 202";
    size_t left = g_body_left[fd];
    if (left == 0 && !memmem(text, size, kAccepted, sizeof kAccepted - 1)) return;
    pthread_mutex_lock(&g_lock);
    char *ids = malloc(size + 2);
    if (!ids) Die("no memory");
    size_t used = 0;
    long found = 0;
    for (size_t at = 0; at < size;) {
        if (left > 0) {
            const size_t n = left < size - at ? left : size - at;
            found += FindIds(text + at, n, ids, &used);
            at += n;
            left -= n;
            continue;
        }
        const char *next = memmem(text + at, size - at, kAccepted, sizeof kAccepted - 1);
        if (!next) break;
        const char *stop = memmem(next, (size_t)(text + size - next), "\r\n\r\n", 4);
        if (!stop) break;
        left = ContentLength(next, (size_t)(stop - next) + 4);
        at = (size_t)(stop + 4 - text);
    }
    g_body_left[fd] = left;
    if (found > 0) {
        LogBytes(POWER_ACK, 0, (uint64_t)found, 0, ids, used);
        g_acks += found;
        ShowCounts();
    }
    free(ids);
    pthread_mutex_unlock(&g_lock);
    if (found > 0) pl_at("answer.before");
}

/* After a send of the buffer that begins so; gives what the send gave. */
static ssize_t Sent(const void *data, size_t size, ssize_t result) {
    const int error = errno;
    if (size >= 12 && memcmp(data, "HTTP/1.1 202", 12) == 0) pl_at("answer.after");
    if (size >= 5 && memcmp(data, "POST ", 5) == 0) pl_at("delivery.after");
    errno = error;
    return result;
}

static void SeeSent(int fd, const struct iovec *parts, int count) {
    if (fd < 0 || fd >= kMaxFds || !atomic_load(&g_on)) return;
    if (count > 0 && parts[0].iov_len >= 5 && memcmp(parts[0].iov_base, "POST ", 5) == 0) pl_at("delivery.before");
    if (count == 1) {
        SeeAnswers(fd, parts[0].iov_base, parts[0].iov_len);
        return;
    }
    size_t size = 0;
    for (int i = 0; i < count; ++i) size += parts[i].iov_len;
    char *whole = malloc(size + 1);
    if (!whole) Die("no memory");
    size_t at = 0;
    for (int i = 0; i < count; ++i) {
        memcpy(whole + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    SeeAnswers(fd, whole, size);
    free(whole);
}

PL_EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
    const uint64_t handle = HandleOf(fd);
    if (handle) return WriteFile(fd, handle, parts, count, -1);
    SeeSent(fd, parts, count);
    if (count < 1) return syscall(SYS_writev, fd, parts, count);
    return Sent(parts[0].iov_base, parts[0].iov_len, syscall(SYS_writev, fd, parts, count));
}

PL_EXPORT ssize_t write(int fd, const void *data, size_t size) {
    const struct iovec part = {(void *)(uintptr_t)data, size};
    const uint64_t handle = HandleOf(fd);
    if (handle) return WriteFile(fd, handle, &part, 1, -1);
    SeeSent(fd, &part, 1);
    return Sent(data, size, syscall(SYS_write, fd, data, size));
}

static ssize_t WriteAt(int fd, const struct iovec *parts, int count, off_t offset) {
    const uint64_t handle = HandleOf(fd);
    if (handle) return WriteFile(fd, handle, parts, count, offset);
    return syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
}
PL_EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return WriteAt(fd, parts, count, offset);
}
PL_EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return WriteAt(fd, parts, count, offset);
}
PL_EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags) {
    if (!HandleOf(fd)) return syscall(SYS_pwritev2, fd, parts, count, (long)offset, 0L, flags);
    if (flags != 0) Escape("pwritev2 with flags");
    return WriteAt(fd, parts, count, offset);
}
PL_EXPORT ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    const struct iovec part = {(void *)(uintptr_t)data, size};
    return WriteAt(fd, &part, 1, offset);
}
PL_EXPORT ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    return pwrite(fd, data, size, offset);
}

PL_EXPORT ssize_t send(int fd, const void *data, size_t size, int flags) {
    const struct iovec part = {(void *)(uintptr_t)data, size};
    SeeSent(fd, &part, 1);
    return Sent(data, size, syscall(SYS_sendto, fd, data, size, flags, NULL, 0));
}
PL_EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t n) {
    const struct iovec part = {(void *)(uintptr_t)data, size};
    SeeSent(fd, &part, 1);
    return Sent(data, size, syscall(SYS_sendto, fd, data, size, flags, to.__sockaddr__, n));
}
PL_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    SeeSent(fd, message->msg_iov, (int)message->msg_iovlen);
    const struct iovec first = message->msg_iovlen > 0 ? message->msg_iov[0] : (struct iovec){"", 0};
    return Sent(first.iov_base, first.iov_len, syscall(SYS_sendmsg, fd, message, flags));
}

static int Truncate(int fd, off_t size) {
    const uint64_t handle = HandleOf(fd);
    if (!handle) return (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&g_lock);
    pl_at("truncate.before");
    const int result = (int)syscall(SYS_ftruncate, fd, size);
    const int error = errno;
    if (result == 0) LogBytes(POWER_TRUNCATE, handle, (uint64_t)size, 0, "", 0);
    pthread_mutex_unlock(&g_lock);
    errno = error;
    return result;
}
PL_EXPORT int ftruncate(int fd, off_t size) { return Truncate(fd, size); }
PL_EXPORT int ftruncate64(int fd, off64_t size) { return Truncate(fd, size); }

static int TruncatePath(const char *path, off_t size) {
    char buffer[PATH_MAX];
    if (Locate(AT_FDCWD, path, buffer)) Escape("truncate by path");
    return (int)syscall(SYS_truncate, path, size);
}
PL_EXPORT int truncate(const char *path, off_t size) { return TruncatePath(path, size); }
PL_EXPORT int truncate64(const char *path, off64_t size) { return TruncatePath(path, size); }

static int Allocate(int fd, int mode, off_t offset, off_t size) {
    const uint64_t handle = HandleOf(fd);
    if (!handle) return (int)syscall(SYS_fallocate, fd, mode, offset, size);
    if (mode & ~FALLOC_FL_KEEP_SIZE) Escape("fallocate with a hole or a shift");
    pthread_mutex_lock(&g_lock);
    int result = -1;
    if (HasSpace((size_t)size)) {
        result = (int)syscall(SYS_fallocate, fd, mode, offset, size);
    } else {
        errno = ENOSPC;
    }
    const int error = errno;
    if (result == 0 && !(mode & FALLOC_FL_KEEP_SIZE)) {
        LogBytes(POWER_ALLOCATE, handle, (uint64_t)offset, (uint64_t)size, "", 0);
    }
    pthread_mutex_unlock(&g_lock);
    errno = error;
    return result;
}
PL_EXPORT int fallocate(int fd, int mode, off_t offset, off_t size) { return Allocate(fd, mode, offset, size); }
PL_EXPORT int fallocate64(int fd, int mode, off64_t offset, off64_t size) { return Allocate(fd, mode, offset, size); }
PL_EXPORT int posix_fallocate(int fd, off_t offset, off_t size) { return Allocate(fd, 0, offset, size) == 0 ? 0 : errno; }
PL_EXPORT int posix_fallocate64(int fd, off64_t offset, off64_t size) { return posix_fallocate(fd, offset, size); }

static int Sync(int fd, long number) {
    const uint64_t handle = HandleOf(fd);
    if (!handle) return (int)syscall(number, fd);
    const unsigned char kind = atomic_load(&g_flags[fd]);
    pl_at(kind == kDatabaseFlag ? "checkpoint.before" : "sync.before");
    pthread_mutex_lock(&g_lock);
    const uint64_t token = g_next_token++;
    const bool fails = ++g_syncs == g_eio_at;
    LogBytes(POWER_SYNC_BEGIN, handle, token, 0, "", 0);
    pthread_mutex_unlock(&g_lock);
    int result = -1, error = EIO;
    if (!fails) {
        result = (int)syscall(number, fd);
        error = errno;
    }
    pthread_mutex_lock(&g_lock);
    LogBytes(POWER_SYNC_END, handle, token, result == 0 ? 0 : (uint64_t)error, "", 0);
    g_wal_syncs += kind == kWalFlag && result == 0;
    g_database_syncs += kind == kDatabaseFlag && result == 0;
    ShowCounts();
    pthread_mutex_unlock(&g_lock);
    pl_at(kind == kDatabaseFlag ? "checkpoint.after" : "sync.after");
    errno = error;
    return result;
}
PL_EXPORT int fsync(int fd) { return Sync(fd, SYS_fsync); }
PL_EXPORT int fdatasync(int fd) { return Sync(fd, SYS_fdatasync); }
PL_EXPORT int sync_file_range(int fd, off64_t offset, off64_t size, unsigned int flags) {
    return (int)syscall(SYS_sync_file_range, fd, offset, size, flags); /* promises nothing, so covers nothing */
}

static void LogNames(uint32_t op, const char *from, const char *to) {
    const struct iovec parts[2] = {{(void *)(uintptr_t)from, strlen(from) + (to ? 1 : 0)},
                                   {(void *)(uintptr_t)(to ? to : ""), to ? strlen(to) : 0}};
    Log(op, 0, 0, 0, parts, 2, parts[0].iov_len + parts[1].iov_len);
}

static int TwoNames(uint32_t op, int from_dir, const char *from, int to_dir, const char *to, unsigned int flags) {
    char a[PATH_MAX], b[PATH_MAX];
    const char *old_name = Locate(from_dir, from, a), *new_name = Locate(to_dir, to, b);
    const long number = op == POWER_RENAME ? SYS_renameat2 : SYS_linkat;
    if (!old_name && !new_name) return (int)syscall(number, from_dir, from, to_dir, to, flags);
    if (!old_name || !new_name || flags & ~(unsigned int)RENAME_NOREPLACE) Escape("rename or link over the border");
    pthread_mutex_lock(&g_lock);
    const int result = (int)syscall(number, from_dir, from, to_dir, to, flags);
    const int error = errno;
    if (result == 0 && old_name && new_name) LogNames(op, old_name, new_name);
    pthread_mutex_unlock(&g_lock);
    errno = error;
    return result;
}
PL_EXPORT int rename(const char *from, const char *to) { return TwoNames(POWER_RENAME, AT_FDCWD, from, AT_FDCWD, to, 0); }
PL_EXPORT int renameat(int from_dir, const char *from, int to_dir, const char *to) {
    return TwoNames(POWER_RENAME, from_dir, from, to_dir, to, 0);
}
PL_EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags) {
    return TwoNames(POWER_RENAME, from_dir, from, to_dir, to, flags);
}
PL_EXPORT int link(const char *from, const char *to) { return TwoNames(POWER_LINK, AT_FDCWD, from, AT_FDCWD, to, 0); }
PL_EXPORT int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    return TwoNames(POWER_LINK, from_dir, from, to_dir, to, (unsigned int)flags);
}

static int OneName(uint32_t op, int dirfd, const char *path, long number, long argument) {
    char buffer[PATH_MAX];
    const char *below = Locate(dirfd, path, buffer);
    if (!below) return (int)syscall(number, dirfd, path, argument);
    pthread_mutex_lock(&g_lock);
    const int result = (int)syscall(number, dirfd, path, argument);
    const int error = errno;
    if (result == 0) LogNames(op, below, NULL);
    pthread_mutex_unlock(&g_lock);
    errno = error;
    return result;
}
PL_EXPORT int unlink(const char *path) { return OneName(POWER_UNLINK, AT_FDCWD, path, SYS_unlinkat, 0); }
PL_EXPORT int unlinkat(int dirfd, const char *path, int flags) {
    return OneName(flags & AT_REMOVEDIR ? POWER_RMDIR : POWER_UNLINK, dirfd, path, SYS_unlinkat, flags);
}
PL_EXPORT int rmdir(const char *path) { return OneName(POWER_RMDIR, AT_FDCWD, path, SYS_unlinkat, AT_REMOVEDIR); }
PL_EXPORT int remove(const char *path) {
    const int result = unlink(path);
    return result != 0 && (errno == EISDIR || errno == EPERM) ? rmdir(path) : result;
}
PL_EXPORT int mkdir(const char *path, mode_t mode) { return OneName(POWER_MKDIR, AT_FDCWD, path, SYS_mkdirat, (long)mode); }
PL_EXPORT int mkdirat(int dirfd, const char *path, mode_t mode) {
    return OneName(POWER_MKDIR, dirfd, path, SYS_mkdirat, (long)mode);
}

static void *Map(void *at, size_t size, int protection, int flags, int fd, off64_t offset) {
    if (HandleOf(fd) && (flags & MAP_SHARED) && (protection & PROT_WRITE)) Escape("a writable shared mapping");
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}
PL_EXPORT void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return Map(at, size, protection, flags, fd, offset);
}
PL_EXPORT void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset) {
    return Map(at, size, protection, flags, fd, offset);
}
