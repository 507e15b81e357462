/*
 * Edit distance over short names, case aside.
 *
 * Swapped neighbours count once. Names too long for the fixed rows are not considered: nothing is allocated.
 */
#include "base/suggest.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_NAME 63

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* One row of the Damerau-Levenshtein matrix (adjacent swaps only), from the two rows before it. */
static void next_row(const char *a, size_t i, const char *b, size_t b_length, size_t rows[3][LONGEST_NAME + 1])
{
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i + 2) % 3];
    const size_t *second_above = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
        size_t different = lower(a[i - 1]) != lower(b[j - 1]);
        row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + different);
        if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
            second_above[j - 2] + 1 < row[j]) {
            row[j] = second_above[j - 2] + 1;
        }
    }
}

static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_NAME + 1];
    if (a_length > LONGEST_NAME || b_length > LONGEST_NAME) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        next_row(a, i, b, b_length, rows);
    }
    return rows[a_length % 3][b_length];
}

void dnp_suggest_start(struct dnp_suggestion *suggestion, const char *wanted, size_t length)
{
    suggestion->wanted = wanted;
    suggestion->wanted_length = length;
    suggestion->best = NULL;
    suggestion->distance = length < 3 ? 2 : length / 3 + 1;
}

void dnp_suggest_consider(struct dnp_suggestion *suggestion, const char *candidate)
{
    size_t length = strlen(candidate);
    size_t distance = edit_distance(suggestion->wanted, suggestion->wanted_length, candidate, length);
    bool tied = distance == suggestion->distance && suggestion->best != NULL && strcmp(candidate, suggestion->best) < 0;
    if ((distance < suggestion->distance || tied) && distance < length) {
        suggestion->distance = distance;
        suggestion->best = candidate;
    }
}

void dnp_suggest_format(const struct dnp_suggestion *suggestion, char *text, size_t size)
{
    text[0] = '\0';
    if (suggestion->best != NULL) {
        (void)snprintf(text, size, "; did you mean '%s'?", suggestion->best);
    }
}
