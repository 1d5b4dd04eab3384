/* fanfare/http.h: extension "fanfare.http/1", the host's asynchronous HTTP client.
 *
 * One policy for TLS, authorities, proxies, connection reuse and limits for every plugin, and no second HTTP library in
 * the process. Bounded bodies, no streaming. HTTP/1.1 and HTTP/2 where the server offers it; TLS is always verified;
 * redirects are never followed. Growth follows the rules of plugin.h.
 */
#ifndef FANFARE_HTTP_H
#define FANFARE_HTTP_H

#include <fanfare/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FANFARE_EXT_HTTP "fanfare.http/1"

/* How a request ended. Anything but FANFARE_HTTP_DONE means that no complete response was read. */
typedef uint32_t fanfare_http_end;
enum {
    FANFARE_HTTP_DONE = 0,        /* a complete response */
    FANFARE_HTTP_UNREACHABLE = 1, /* nothing was sent: name not resolved, connection refused, TLS not verified */
    FANFARE_HTTP_IN_DOUBT = 2,    /* broken after the request may have left: the far side may have acted on it */
    FANFARE_HTTP_TIMEOUT = 3,     /* the deadline passed; in doubt as well */
    FANFARE_HTTP_INVALID = 4,     /* the request itself is not legal: a bad URL, CR or LF in a header */
    FANFARE_HTTP_STOPPED = 5      /* the instance or the host is stopping */
};

typedef struct fanfare_http_request {
    uint32_t struct_size;
    uint32_t flags;             /* reserved, 0 */
    fanfare_str method;
    fanfare_str url;            /* http or https, no userinfo, no fragment */
    const fanfare_kv *headers;  /* content-length, host, connection and transfer-encoding are the host's */
    size_t header_count;
    fanfare_bytes body;
    int64_t deadline_mono_ns;   /* CLOCK_MONOTONIC; for everything from the name lookup to the last byte */
    size_t max_response_bytes;  /* of body that is kept; more is read over and dropped. 0 = 64 KiB */
} fanfare_http_request;

typedef struct fanfare_http_response {
    uint32_t struct_size;
    fanfare_http_end end;
    int32_t status;             /* 0 unless DONE */
    int64_t retry_after_ms;     /* of Retry-After, seconds or date (RFC 9110, 10.2.3); 0 if absent or not readable */
    const fanfare_kv *headers;  /* names in lower case */
    size_t header_count;
    fanfare_bytes body;         /* at most max_response_bytes */
    fanfare_str error;          /* one line for the operator unless DONE; never holds a secret, query or userinfo */
    fanfare_str remote;         /* address that was connected to, "192.0.2.1:443"; empty if none was */
} fanfare_http_response;

/* [delivery] Called once per accepted request, on the instance's thread. `response` is borrowed for the call. */
typedef void (*fanfare_http_done)(void *user, const fanfare_http_response *response);

typedef struct fanfare_http {
    uint32_t struct_size;
    uint32_t reserved;
    /* [any-thread] Copies the request and returns at once. `done` is called exactly once for every call, never from
     * inside send. What is still open when stop returns is ended with FANFARE_HTTP_STOPPED, on the instance's thread,
     * before destroy: `done` may rely on the instance, and `user` is always given back. */
    void (*send)(fanfare_ctx *ctx, const fanfare_http_request *request, fanfare_http_done done, void *user);
} fanfare_http;

#ifdef __cplusplus
}
#endif
#endif
