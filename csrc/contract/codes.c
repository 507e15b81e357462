/*
 * The panel's business error codes, which it answers instead of an id or a status of 0.
 *
 * Names and numbers are the Enterprise Server's own (BusinessErrorCodes), but for -1 and -2, which it answers
 * bare; the sentences are for people. Panels know more codes than these: an unknown negative number is still a refusal.
 */
#include "contract/contract.h"

/* clang-format off */
#define CODE(number, code_name, says) {.code = (number), .name = (code_name), .sentence = (says)}
#define CODE_PARTLY(number, code_name, says) \
    {.code = (number), .name = (code_name), .sentence = (says), .partly = true}
/* clang-format on */

const struct dnp_business_code dnp_business_codes[] = {
    CODE(-1, "ERROR_NOT_FOUND", "no such record, or it is out of this caller's sight"),
    CODE(-2, "ERROR_NOT_ALLOWED", "this caller may not do that to that owner"),

    CODE(-100, "ERROR_USER_ALREADY_EXISTS", "a user of that name exists already"),
    CODE(-101, "ERROR_USER_NOT_FOUND", "no such user"),
    CODE(-102, "ERROR_USER_HAS_USERS", "the user still has child users"),
    CODE(-103, "ERROR_USER_ACCOUNT_PENDING", "the account is still pending"),
    CODE(-104, "ERROR_USER_ACCOUNT_SUSPENDED", "the account is suspended"),
    CODE(-105, "ERROR_USER_ACCOUNT_CANCELLED", "the account is cancelled"),
    CODE(-106, "ERROR_USER_ACCOUNT_DEMO", "a demo account may not do that"),
    CODE(-107, "ERROR_USER_ACCOUNT_SHOULD_BE_ADMINISTRATOR", "only an administrator may do that"),
    CODE(-108, "ERROR_USER_ACCOUNT_SHOULD_BE_RESELLER", "only a reseller may do that"),
    CODE(-109, "ERROR_USER_WRONG_USERNAME", "the user name is wrong"),
    CODE(-110, "ERROR_USER_WRONG_PASSWORD", "the password is wrong"),
    CODE(-111, "ERROR_INVALID_USER_NAME", "the user name is empty or holds one of \\ / : * ? < > | \""),
    CODE(-112, "ERROR_USER_ACCOUNT_NOT_ENOUGH_PERMISSIONS", "the account has not enough permissions"),
    CODE(-113, "ERROR_USER_ACCOUNT_ROLE_NOT_ALLOWED", "the account's role is not allowed to do that"),
    CODE(-114, "ERROR_USER_ACCOUNT_DISABLED", "the account's login is disabled"),
    CODE(-115, "ERROR_USER_ACCOUNT_LOCKEDOUT", "the account is locked out after too many failed logins"),
    CODE(-116, "ERROR_USER_EXPIRED_ONETIMEPASSWORD", "the one-time password has expired"),

    CODE(-200, "ERROR_SETTINGS_ACCOUNT_LETTER_EMPTY_BODY", "the account letter has an empty body"),
    CODE(-201, "ERROR_SETTINGS_PACKAGE_LETTER_EMPTY_BODY", "the hosting space letter has an empty body"),
    CODE(-202, "ERROR_SETTINGS_PASSWORD_LETTER_EMPTY_BODY", "the password letter has an empty body"),

    CODE(-300, "ERROR_PACKAGE_NOT_FOUND", "no such hosting space"),
    CODE(-301, "ERROR_PACKAGE_HAS_PACKAGES", "the hosting space still has spaces nested in it"),
    CODE(-302, "ERROR_PACKAGE_NEW", "the hosting space is still new"),
    CODE(-303, "ERROR_PACKAGE_SUSPENDED", "the hosting space is suspended"),
    CODE(-304, "ERROR_PACKAGE_CANCELLED", "the hosting space is cancelled"),
    CODE(-305, "ERROR_PACKAGE_QUOTA_EXCEED", "the parent hosting space has not enough left of a quota"),

    CODE(-500, "ERROR_DOMAIN_QUOTA_LIMIT", "the domains quota is used up"),
    CODE(-501, "ERROR_RESTRICTED_DOMAIN", "the domain name is restricted"),
    CODE(-502, "ERROR_DOMAIN_ALREADY_EXISTS", "the domain exists already"),
    CODE(-503, "ERROR_DOMAIN_STARTS_WWW", "the domain name starts with www"),
    CODE(-504, "ERROR_DOMAIN_PACKAGE_ITEM_NOT_FOUND", "no such domain"),
    CODE(-505, "ERROR_DNS_PACKAGE_ITEM_NOT_FOUND", "no such DNS zone"),
    CODE(-506, "ERROR_DOMAIN_POINTS_TO_WEB_SITE", "the domain points to a web site"),
    CODE(-507, "ERROR_DOMAIN_POINTS_TO_MAIL_DOMAIN", "the domain points to a mail domain"),
    CODE(-508, "ERROR_SUBDOMAIN_QUOTA_LIMIT", "the sub-domains quota is used up"),
    CODE(-509, "ERROR_DNS_ZONE_EXISTS", "the DNS zone exists already"),
    CODE(-510, "ERROR_DOMAINPOINTERS_QUOTA_LIMIT", "the domain pointers quota is used up"),
    CODE(-511, "ERROR_INSTANT_ALIAS_IS_NOT_CONFIGURED", "the instant alias is not configured"),

    CODE(-600, "ERROR_WEB_SITES_QUOTA_LIMIT", "the web sites quota is used up"),
    CODE(-601, "ERROR_WEB_SITE_ALREADY_EXISTS", "the web site exists already"),
    CODE(-602, "ERROR_WEB_SITE_SERVICE_UNAVAILABLE", "no web service is available in the hosting space"),
    CODE(-606, "ERROR_WEB_SITE_PACKAGE_ITEM_NOT_FOUND", "no such web site"),

    CODE(-700, "ERROR_MAIL_DOMAIN_EXISTS", "the mail domain exists already"),
    CODE(-701, "ERROR_MAIL_RESOURCE_UNAVAILABLE", "no mail service is available in the hosting space"),
    CODE(-702, "ERROR_MAIL_ACCOUNTS_RESOURCE_QUOTA_LIMIT", "the mail accounts quota is used up"),
    CODE(-703, "ERROR_MAIL_ACCOUNTS_PACKAGE_ITEM_EXISTS", "the mail account exists already"),

    CODE(-801, "ERROR_FTP_RESOURCE_UNAVAILABLE", "no FTP service is available in the hosting space"),
    CODE(-802, "ERROR_FTP_RESOURCE_QUOTA_LIMIT", "the FTP accounts quota is used up"),
    CODE(-803, "ERROR_FTP_PACKAGE_ITEM_EXISTS", "the FTP account exists already in the hosting space"),
    CODE(-804, "ERROR_FTP_SERVICE_ITEM_EXISTS", "the FTP account exists already on the server"),

    CODE_PARTLY(-999, "ERROR_FAILED_EXECUTE_SERVICE_OPERATION", "an operation of a hosting service failed"),
    CODE(-1100, "ERROR_ACCOUNT_WIZARD_USER_EXISTS", "a user of that name exists already"),
    CODE(-1101, "ERROR_ACCOUNT_WIZARD_FTP_ACCOUNT_EXISTS", "an FTP account of that name exists already"),
    CODE(-1501, "ERROR_HOSTING_PLAN_USED_IN_PACKAGE", "the hosting plan is used by a hosting space"),
    CODE(-1502, "ERROR_HOSTING_ADDON_USED_IN_PACKAGE", "the hosting add-on is used by a hosting space"),
    CODE(-2701, "ERROR_ORG_ID_EXISTS", "the organization id exists already"),
};
const size_t dnp_business_code_count = sizeof dnp_business_codes / sizeof dnp_business_codes[0];
