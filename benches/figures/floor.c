#define _GNU_SOURCE
/* The least that a client can be: connect, one DELETE, print the body, end. `floor HOST PORT PATH`. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words) {
    static char request[1024], answer[65536];
    struct sockaddr_in server = {.sin_family = AF_INET};
    if (count != 4 || inet_pton(AF_INET, words[1], &server.sin_addr) != 1) return 2;
    server.sin_port = htons((unsigned short)atoi(words[2]));
    int length = snprintf(request, sizeof request,
                          "DELETE %s HTTP/1.1\r\nhost: %s:%s\r\nconnection: close\r\n\r\n", words[3], words[1], words[2]);
    int server_socket = socket(AF_INET, SOCK_STREAM, 0);
    if (length < 0 || length >= (int)sizeof request || server_socket < 0) return 1;
    if (connect(server_socket, (struct sockaddr *)&server, sizeof server)) return 1;
    if (write(server_socket, request, (size_t)length) != length) return 1;
    size_t had = 0;
    for (;;) {
        ssize_t got = read(server_socket, answer + had, sizeof answer - 1 - had);
        if (got < 0) return 1;
        had += (size_t)got;
        char *head = strstr(answer, "\r\n\r\n"), *size = strcasestr(answer, "content-length:");
        if (head && size && strlen(head + 4) >= (size_t)atoi(size + 15)) {
            puts(head + 4);
            return strncmp(answer, "HTTP/1.1 200", 12) != 0;
        }
        if (got == 0) return 1;
    }
}
