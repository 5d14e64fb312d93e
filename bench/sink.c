/* A receiver that costs as little as a receiver can: one thread, one epoll, keep-alive, 200 to every POST.
 *
 *     cc -O2 -o sink bench/sink.c && ./sink PORT [count]
 *
 * In: HTTP/1.1 requests with a content-length, one after the other on each connection. Out: 200 "ok".
 * POST anything    remembers when each webhook-id came first, in nanoseconds of the machine's monotonic clock
 *                  (with `count`: only counts)
 * POST /hang       is read and never answered
 * GET /arrivals    {"id":nanoseconds,...}
 * GET /count       how many POSTs came, as a number
 * GET /reset       forgets both
 * receiver.py compiles and starts it; sink.py does the same where there is no compiler.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 256 * 1024, MOST_SOCKETS = 65536, ID_ROOM = 56, EVENTS = 256 };

struct arrival {
    char id[ID_ROOM]; /* empty: a free place */
    uint64_t at;
};

struct connection {
    char *read; /* what has come and is not answered yet */
    size_t held;
};

static const char OK[] = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
static struct connection *connections[MOST_SOCKETS];
static struct arrival *arrivals; /* a hash table with open addresses */
static size_t places = 1 << 16, kept, posts;
static int recording = 1;

static void *need(void *memory) {
    if (memory == NULL) {
        perror("sink");
        exit(1);
    }
    return memory;
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct arrival *place_of(const char *id, size_t length) {
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)id[i]) * 1099511628211u;
    for (size_t at = hash & (places - 1);; at = (at + 1) & (places - 1)) {
        struct arrival *one = &arrivals[at];
        if (one->id[0] == 0 || (memcmp(one->id, id, length) == 0 && one->id[length] == 0)) return one;
    }
}

static void double_the_places(void) {
    struct arrival *old = arrivals;
    size_t before = places;
    places *= 2;
    arrivals = need(calloc(places, sizeof *arrivals));
    for (size_t i = 0; i < before; i++)
        if (old[i].id[0]) *place_of(old[i].id, strlen(old[i].id)) = old[i];
    free(old);
}

static void note_arrival(const char *id, size_t length) {
    if (length == 0 || length >= ID_ROOM) return;
    struct arrival *one = place_of(id, length);
    if (one->id[0]) return;
    memcpy(one->id, id, length);
    one->at = now();
    if (++kept * 2 > places) double_the_places();
}

static void forget_arrivals(void) {
    memset(arrivals, 0, places * sizeof *arrivals);
    kept = posts = 0;
}

/* Send everything, waiting if the socket is full: only the control paths answer more than a few bytes. */
static int send_all(int fd, const char *text, size_t length) {
    while (length > 0) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return -1;
        if (sent < 0) usleep(1000);
        if (sent > 0) text += sent, length -= (size_t)sent;
    }
    return 0;
}

static int answer_text(int fd, const char *text, size_t length) {
    char head[96];
    int head_length = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n", length);
    return send_all(fd, head, (size_t)head_length) || send_all(fd, text, length);
}

static int answer_arrivals(int fd) {
    size_t length = 1;
    char *text = need(malloc(kept * (ID_ROOM + 32) + 2));
    text[0] = '{';
    for (size_t i = 0; i < places; i++)
        if (arrivals[i].id[0])
            length += (size_t)sprintf(text + length, "%s\"%s\":%llu", length > 1 ? "," : "", arrivals[i].id,
                                      (unsigned long long)arrivals[i].at);
    text[length++] = '}';
    int failed = answer_text(fd, text, length);
    free(text);
    return failed;
}

static int answer_count(int fd) {
    char text[32];
    return answer_text(fd, text, (size_t)sprintf(text, "%zu", posts));
}

/* The value of a header, NULL if it is not there; `head` ends with the blank line. */
static const char *header(const char *head, const char *end, const char *name, size_t name_length) {
    for (const char *line = head; line < end; line++) {
        line = memchr(line, '\n', (size_t)(end - line));
        if (line == NULL) return NULL;
        if ((size_t)(end - line) > name_length + 1 && strncasecmp(line + 1, name, name_length) == 0) {
            const char *value = line + 1 + name_length;
            while (*value == ' ') value++;
            return value;
        }
    }
    return NULL;
}

static int answer_request(int fd, const char *head, const char *end) {
    if (strncmp(head, "GET /arrivals ", 14) == 0) return answer_arrivals(fd);
    if (strncmp(head, "GET /count ", 11) == 0) return answer_count(fd);
    if (strncmp(head, "GET /reset ", 11) == 0) {
        forget_arrivals();
        return send_all(fd, OK, sizeof OK - 1);
    }
    posts++;
    const char *id = recording ? header(head, end, "webhook-id:", 11) : NULL;
    if (id != NULL) note_arrival(id, strcspn(id, "\r\n"));
    if (strncmp(head, "POST /hang ", 11) == 0) return 0;
    return send_all(fd, OK, sizeof OK - 1);
}

/* Answer what is whole in the buffer; -1 when the connection must go. */
static int answer_all(int fd, struct connection *one) {
    size_t done = 0;
    while (done < one->held) {
        const char *head = one->read + done;
        const char *blank = memmem(head, one->held - done, "\r\n\r\n", 4);
        if (blank == NULL) break;
        const char *end = blank + 4;
        const char *length = header(head, end, "content-length:", 15);
        size_t whole = (size_t)(end - head) + (length ? strtoul(length, NULL, 10) : 0);
        if (done + whole > one->held) break;
        if (answer_request(fd, head, end) != 0) return -1;
        done += whole;
    }
    one->held -= done;
    memmove(one->read, one->read + done, one->held);
    return one->held == ROOM ? -1 : 0;
}

static void drop(int fd) {
    free(connections[fd]->read);
    free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

static void serve(int fd) {
    struct connection *one = connections[fd];
    ssize_t got = recv(fd, one->read + one->held, ROOM - one->held, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) one->held += (size_t)got;
    if (got <= 0 || answer_all(fd, one) != 0) drop(fd);
}

static void welcome(int poll, int door) {
    for (;;) {
        int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (fd >= MOST_SOCKETS) {
            close(fd);
            continue;
        }
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connections[fd] = need(calloc(1, sizeof **connections));
        connections[fd]->read = need(malloc(ROOM)); /* touched only as far as it is used */
        struct epoll_event want = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &want);
    }
}

int main(int count, char **words) {
    if (count < 2) return fprintf(stderr, "usage: sink PORT [count]\n"), 2;
    recording = count < 3 || strcmp(words[2], "count") != 0;
    signal(SIGPIPE, SIG_IGN);
    arrivals = need(calloc(places, sizeof *arrivals));
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&here, sizeof here) != 0 || listen(door, 4096) != 0) return perror("sink"), 1;
    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event want = {.events = EPOLLIN, .data.fd = door}, ready[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, door, &want);
    for (;;) {
        int many = epoll_wait(poll, ready, EVENTS, -1);
        for (int i = 0; i < many; i++) {
            if (ready[i].data.fd == door)
                welcome(poll, door);
            else
                serve(ready[i].data.fd);
        }
    }
}
