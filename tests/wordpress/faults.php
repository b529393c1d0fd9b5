<?php
// Must-use plugin of the tests: the faults that plugins, PHP and hosters make. Their names are lines of the file
// “faults” in the folder of the installation; one that begins with “once ” is used up by the first POST request.

function faults_named(): array {
    $file = getenv('WORDPRESS_FOLDER') . '/faults';
    return is_file($file) ? file($file, FILE_IGNORE_NEW_LINES) : [];
}

function fault(string $name): bool {
    return in_array($name, faults_named(), true);
}

function fault_once(string $name): bool {
    $left = faults_named();
    $at = array_search("once $name", $left, true);
    if ($at === false) {
        return false;
    }
    unset($left[$at]);
    file_put_contents(getenv('WORDPRESS_FOLDER') . '/faults', implode("\n", $left));
    return true;
}

function answer(int $status, string $type, string $body, array $headers = []): void {
    while (ob_get_level()) {
        ob_end_clean();
    }
    http_response_code($status);
    header("Content-Type: $type");
    array_map('header', $headers);
    exit($body);
}

add_filter('wp_is_application_passwords_available', fn($is) => $is && !fault('no application passwords'));
add_filter('upload_mimes', fn($types) => fault('no webp') ? array_diff($types, ['image/webp']) : $types);
if (fault('no authorization header')) {
    unset($_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW'], $_SERVER['HTTP_AUTHORIZATION']);
}
add_filter('rest_pre_dispatch', function ($result, $server, $request) {
    $is_post = $request->get_method() === 'POST';
    if (fault('warning') && $is_post) {
        echo "<br />\n<b>Warning</b>: Undefined variable \$x in plugin.php on line 3<br />\n";
    }
    if ($is_post && fault_once('login page')) {
        answer(200, 'text/html', '<html><head><title>Log In &lsaquo; Green Garden</title></head></html>');
    }
    if ($is_post && fault_once('maintenance')) {
        answer(503, 'text/html', '<title>Briefly unavailable for scheduled maintenance</title>', ['Retry-After: 30']);
    }
    return $result;
}, 10, 3);
add_filter('rest_post_dispatch', function ($response, $server, $request) {
    if ($request->get_method() === 'POST' && fault_once('500 after')) {
        answer(500, 'text/html', '<title>There has been a critical error on this website.</title>');
    }
    if ($request->get_method() === 'POST' && fault_once('empty after')) {
        answer(201, 'text/html', '');
    }
    return $response;
}, 10, 3);
