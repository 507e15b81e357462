/*
 * The operations of the contract: one row each.
 *
 * Parameter names and order are the services' own. A row's `mutates` decides whether a call may ever be repeated.
 */
#include "contract/contract.h"

/* clang-format off */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A C test compares it with the fields and parameters. */
const char *const dnp_secret_names[] = {"Password", "password", "oldPassword", "newPassword", NULL};

/* Parameters: P any, ID a positive number, SECRET a password. The plain ones exist in every dialect. */
#define P(parameter, parameter_type) \
    {.name = (parameter), .type = &dnp_type_##parameter_type, .dialects = DNP_ALL_DIALECTS}
#define ID(parameter) \
    {.name = (parameter), .type = &dnp_type_int, .dialects = DNP_ALL_DIALECTS, .flags = DNP_POSITIVE}
#define SECRET(parameter) \
    {.name = (parameter), .type = &dnp_type_string, .dialects = DNP_ALL_DIALECTS, .flags = DNP_SECRET}
#define NEW_PASSWORD(parameter)                                                                             \
    {                                                                                                       \
        .name = (parameter), .type = &dnp_type_string, .length = DNP_PASSWORD_LENGTH,                       \
        .dialects = DNP_ALL_DIALECTS, .flags = DNP_SECRET                                                   \
    }
/* A text of so many characters, and how it is kept. */
#define TEXT(parameter, longest, flag) \
    {.name = (parameter), .type = &dnp_type_string, .length = (longest), .dialects = DNP_ALL_DIALECTS, .flags = (flag)}
#define CHOICE(parameter, enumeration) \
    {.name = (parameter), .type = &dnp_type_int, .values = &dnp_type_##enumeration, .dialects = DNP_ALL_DIALECTS}
#define MAYBE(parameter, parameter_type)                                                    \
    {                                                                                       \
        .name = (parameter), .type = &dnp_type_##parameter_type, .dialects = DNP_ALL_DIALECTS, \
        .flags = DNP_OPTIONAL                                                               \
    }
#define ONLY(in, parameter, parameter_type) \
    {.name = (parameter), .type = &dnp_type_##parameter_type, .dialects = (in), .flags = DNP_OPTIONAL}

#define PARAMETERS(operation, ...) static const struct dnp_field operation##_parameters[] = {__VA_ARGS__}
#define RESULT(operation, result_type)                        \
    static const struct dnp_field operation##_result[] = {    \
        {.name = #operation "Result", .type = &dnp_type_##result_type, .dialects = DNP_ALL_DIALECTS}}

/* ---- esUsers ---- */

/* The fields of the literal calls that follow the role, the status and the two flags. */
#define LITERAL_FLAGS P("isPeer", bool), P("isDemo", bool)
#define LITERAL_ADDRESS                                                                                       \
    TEXT("firstName", 50, 0), TEXT("lastName", 50, 0), TEXT("email", 255, 0),                                 \
        TEXT("secondaryEmail", 255, DNP_OPTIONAL), TEXT("address", 200, DNP_OPTIONAL),                        \
        TEXT("city", 50, DNP_OPTIONAL), TEXT("country", 50, DNP_OPTIONAL), TEXT("state", 50, DNP_OPTIONAL),   \
        TEXT("zip", 20, DNP_OPTIONAL | DNP_NARROW), TEXT("primaryPhone", 30, DNP_OPTIONAL | DNP_NARROW),      \
        TEXT("secondaryPhone", 30, DNP_OPTIONAL | DNP_NARROW), TEXT("fax", 30, DNP_OPTIONAL | DNP_NARROW),    \
        TEXT("instantMessenger", 100, DNP_OPTIONAL | DNP_NARROW), P("htmlMail", bool),                        \
        TEXT("companyName", 100, DNP_OPTIONAL), P("ecommerceEnabled", bool)

/* `password` came with WebsitePanel 2.1.0.722, `notes` with SolidCP 1.4.7. */
PARAMETERS(AddUser, P("user", user_info), P("sendLetter", bool),
           {.name = "password", .type = &dnp_type_string, .from = "Password", .length = DNP_PASSWORD_LENGTH,
            .dialects = DNP_LATER, .flags = DNP_SECRET},
           ONLY(DNP_SOLIDCP, "notes", array_of_string));
RESULT(AddUser, int);
static const char *const add_user_required[] = {"OwnerId",  "RoleId",    "StatusId", "IsDemo", "IsPeer", "Username",
                                                "Password", "FirstName", "LastName", "Email",  NULL};

PARAMETERS(AddUserLiteral, ID("ownerId"), CHOICE("roleId", user_role), CHOICE("statusId", user_status), LITERAL_FLAGS,
           TEXT("username", 50, DNP_NAME), NEW_PASSWORD("password"), LITERAL_ADDRESS, P("sendLetter", bool));
RESULT(AddUserLiteral, int);

/* The panel would look for the first 50 characters (GetUserByUsernameInternally, SolidCP update_db.sql:19422), and may
 * find another account. Logins are left to it: to be cut, such a name must be one's own. */
PARAMETERS(UserExists, TEXT("username", 50, 0));
RESULT(UserExists, bool);

PARAMETERS(GetUserById, ID("userId"));
RESULT(GetUserById, user_info);

PARAMETERS(GetUserByUsername, TEXT("username", 50, 0));
RESULT(GetUserByUsername, user_info);

PARAMETERS(GetUsers, ID("ownerId"), P("recursive", bool));
RESULT(GetUsers, array_of_user_info);

PARAMETERS(GetRawUsers, ID("ownerId"), P("recursive", bool));
RESULT(GetRawUsers, dataset);

#define PAGE TEXT("sortColumn", 50, DNP_OPTIONAL), P("startRow", int), P("maximumRows", int)
#define USERS_PAGE                                                                                             \
    ID("userId"), TEXT("filterColumn", 50, DNP_OPTIONAL), TEXT("filterValue", 50, DNP_OPTIONAL), P("statusId", int),             \
        P("roleId", int), PAGE
PARAMETERS(GetUsersPaged, USERS_PAGE);
RESULT(GetUsersPaged, dataset);
PARAMETERS(GetUsersPagedRecursive, USERS_PAGE);
RESULT(GetUsersPagedRecursive, dataset);

PARAMETERS(GetUserPeers, ID("userId"));
RESULT(GetUserPeers, array_of_user_info);

PARAMETERS(GetUserParents, ID("userId"));
RESULT(GetUserParents, array_of_user_info);

/* What is left out is reset by the panel, so the fields whose zero does harm are required. */
PARAMETERS(UpdateUser, P("user", user_info));
RESULT(UpdateUser, int);
static const char *const update_user_required[] = {"UserId", "RoleId", "StatusId", "IsDemo", "IsPeer", NULL};

PARAMETERS(UpdateUserLiteral, ID("userId"), CHOICE("roleId", user_role), CHOICE("statusId", user_status),
           LITERAL_FLAGS, LITERAL_ADDRESS);
RESULT(UpdateUserLiteral, int);

PARAMETERS(DeleteUser, ID("userId"));
RESULT(DeleteUser, int);

PARAMETERS(ChangeUserPassword, ID("userId"), NEW_PASSWORD("password"));
RESULT(ChangeUserPassword, int);

PARAMETERS(ChangeUserStatus, ID("userId"), P("status", user_status));
RESULT(ChangeUserStatus, int);

PARAMETERS(GetUserSettings, ID("userId"), TEXT("settingsName", 50, 0));
RESULT(GetUserSettings, user_settings);

PARAMETERS(UpdateUserSettings, P("settings", user_settings));
RESULT(UpdateUserSettings, int);
static const char *const update_user_settings_required[] = {"UserId", "SettingsName", "SettingsArray", NULL};

/* ---- esAuthentication ---- */

PARAMETERS(AuthenticateUser, P("username", string), SECRET("password"), MAYBE("ip", string));
RESULT(AuthenticateUser, int);
/* WebsitePanel from 2.1.0.727 on and SolidCP: UserController.AuthenticateUser, UserController.cs:114-158 (SolidCP). No
 * other operation that answers a status answers a positive number in any version. */
static const int32_t authenticate_user_positive[] = {100, 101, 0};

PARAMETERS(GetUserByUsernamePassword, P("username", string), SECRET("password"), MAYBE("ip", string));
RESULT(GetUserByUsernamePassword, user_info);

PARAMETERS(ChangeUserPasswordByUsername, P("username", string), SECRET("oldPassword"), NEW_PASSWORD("newPassword"),
           MAYBE("ip", string));
RESULT(ChangeUserPasswordByUsername, int);

/* ---- esPackages: spaces ---- */

PARAMETERS(AddPackage, ID("userId"), ID("planId"), TEXT("packageName", 300, 0), MAYBE("packageComments", string),
           CHOICE("statusId", package_status), P("purchaseDate", datetime));
RESULT(AddPackage, package_result);

/* `hostName` came with WebsitePanel 1.2.2.121, `createZoneRecord` with 2.0.0.199. */
PARAMETERS(AddPackageWithResources, ID("userId"), ID("planId"), TEXT("spaceName", 300, 0),
           CHOICE("statusId", package_status), P("sendLetter", bool), P("createResources", bool),
           TEXT("domainName", 100, DNP_OPTIONAL), P("tempDomain", bool), P("createWebSite", bool), P("createFtpAccount", bool),
           MAYBE("ftpAccountName", string), P("createMailAccount", bool), ONLY(DNP_LATER, "hostName", string));
RESULT(AddPackageWithResources, package_result);

PARAMETERS(CreateUserWizard, ID("parentPackageId"), TEXT("username", 50, DNP_NAME), NEW_PASSWORD("password"),
           CHOICE("roleId", user_role), TEXT("firstName", 50, 0), TEXT("lastName", 50, 0), TEXT("email", 255, 0),
           TEXT("secondaryEmail", 255, DNP_OPTIONAL), P("htmlMail", bool), P("sendAccountLetter", bool),
           P("createPackage", bool), P("planId", int), P("sendPackageLetter", bool), TEXT("domainName", 100, DNP_OPTIONAL),
           P("tempDomain", bool), P("createWebSite", bool), P("createFtpAccount", bool),
           MAYBE("ftpAccountName", string), P("createMailAccount", bool), ONLY(DNP_LATER, "hostName", string),
           ONLY(DNP_LATER, "createZoneRecord", bool));
RESULT(CreateUserWizard, int);

PARAMETERS(UpdatePackage, P("package", package_info));
RESULT(UpdatePackage, package_result);
static const char *const update_package_required[] = {"PackageId", "StatusId", "PlanId", "PurchaseDate", NULL};

PARAMETERS(UpdatePackageLiteral, ID("packageId"), CHOICE("statusId", package_status), ID("planId"),
           P("purchaseDate", datetime), TEXT("packageName", 300, 0), MAYBE("packageComments", string));
RESULT(UpdatePackageLiteral, package_result);

PARAMETERS(UpdatePackageName, ID("packageId"), TEXT("packageName", 300, 0), MAYBE("packageComments", string));
RESULT(UpdatePackageName, int);

PARAMETERS(DeletePackage, ID("packageId"));
RESULT(DeletePackage, int);

PARAMETERS(ChangePackageStatus, ID("packageId"), P("status", package_status));
RESULT(ChangePackageStatus, int);

PARAMETERS(GetPackage, ID("packageId"));
RESULT(GetPackage, package_info);

PARAMETERS(GetPackages, ID("userId"));
RESULT(GetPackages, array_of_package_info);

PARAMETERS(GetMyPackages, ID("userId"));
RESULT(GetMyPackages, array_of_package_info);

PARAMETERS(GetPackagesPaged, ID("userId"), TEXT("filterColumn", 50, DNP_OPTIONAL), TEXT("filterValue", 50, DNP_OPTIONAL), PAGE);
RESULT(GetPackagesPaged, dataset);

PARAMETERS(GetPackageContext, ID("packageId"));
RESULT(GetPackageContext, package_context);

PARAMETERS(GetPackageQuotas, ID("packageId"));
RESULT(GetPackageQuotas, dataset);

PARAMETERS(GetPackageQuota, ID("packageId"), TEXT("quotaName", 50, 0));
RESULT(GetPackageQuota, quota_value_info);

PARAMETERS(GetPackageBandwidth, ID("packageId"), P("startDate", datetime), P("endDate", datetime));
RESULT(GetPackageBandwidth, dataset);

PARAMETERS(GetPackageDiskspace, ID("packageId"));
RESULT(GetPackageDiskspace, dataset);

/* Of the spaces nested in a space, or with -1 of a user's own. */
#define REPORT_SPACE ID("userId"), P("packageId", int)
PARAMETERS(GetPackagesBandwidthPaged, REPORT_SPACE, P("startDate", datetime), P("endDate", datetime), PAGE);
RESULT(GetPackagesBandwidthPaged, dataset);
PARAMETERS(GetPackagesDiskspacePaged, REPORT_SPACE, PAGE);
RESULT(GetPackagesDiskspacePaged, dataset);

/* ---- esPackages: add-ons ---- */

PARAMETERS(AddPackageAddon, P("addon", package_addon_info));
RESULT(AddPackageAddon, package_result);
static const char *const add_package_addon_required[] = {"PackageId", "PlanId", "Quantity", "PurchaseDate", "StatusId",
                                                         NULL};

PARAMETERS(AddPackageAddonById, ID("packageId"), ID("addonPlanId"), ID("quantity"));
RESULT(AddPackageAddonById, package_result);

PARAMETERS(UpdatePackageAddon, P("addon", package_addon_info));
RESULT(UpdatePackageAddon, package_result);
static const char *const update_package_addon_required[] = {"PackageAddonId", "PlanId",   "Quantity",
                                                            "PurchaseDate",   "StatusId", NULL};

PARAMETERS(DeletePackageAddon, ID("packageAddonId"));
RESULT(DeletePackageAddon, int);

PARAMETERS(GetPackageAddon, ID("packageAddonId"));
RESULT(GetPackageAddon, package_addon_info);

PARAMETERS(GetPackageAddons, ID("packageId"));
RESULT(GetPackageAddons, dataset);

/* ---- esPackages: plans and letters ---- */

PARAMETERS(GetHostingPlan, ID("planId"));
RESULT(GetHostingPlan, hosting_plan_info);

PARAMETERS(GetHostingPlans, ID("userId"));
RESULT(GetHostingPlans, dataset);

PARAMETERS(GetHostingAddons, ID("userId"));
RESULT(GetHostingAddons, dataset);

PARAMETERS(GetUserAvailableHostingPlans, ID("userId"));
RESULT(GetUserAvailableHostingPlans, array_of_hosting_plan_info);

PARAMETERS(GetUserAvailableHostingAddons, ID("userId"));
RESULT(GetUserAvailableHostingAddons, array_of_hosting_plan_info);

PARAMETERS(SendAccountSummaryLetter, ID("userId"), P("to", string), MAYBE("cc", string));
RESULT(SendAccountSummaryLetter, int);

PARAMETERS(SendPackageSummaryLetter, ID("packageId"), P("to", string), MAYBE("cc", string));
RESULT(SendPackageSummaryLetter, int);

#define MESSAGE(element, rows) \
    {.name = (element), .kind = DNP_RECORD, .fields = (rows), .field_count = COUNT(rows)}
#define ROW(operation, method_name, in_service, does_mutate, says, ...)                                   \
    {                                                                                                     \
        .name = #operation, .method = (method_name), .service = (in_service), .dialects = DNP_ALL_DIALECTS, \
        .mutates = (does_mutate), .result_kind = (says), .request = MESSAGE(#operation, operation##_parameters), \
        .response = MESSAGE(#operation "Response", operation##_result), __VA_ARGS__                       \
    }
#define USERS_READ(operation, method_name, ...) \
    ROW(operation, method_name, DNP_ES_USERS, false, DNP_RESULT_VALUE, __VA_ARGS__)
#define USERS_CHANGE(operation, method_name, says, ...) \
    ROW(operation, method_name, DNP_ES_USERS, true, says, __VA_ARGS__)
#define PACKAGES_READ(operation, method_name, ...) \
    ROW(operation, method_name, DNP_ES_PACKAGES, false, DNP_RESULT_VALUE, __VA_ARGS__)
#define PACKAGES_CHANGE(operation, method_name, says, ...) \
    ROW(operation, method_name, DNP_ES_PACKAGES, true, says, __VA_ARGS__)
#define SUMMARY(text) .summary = (text)

const struct dnp_operation dnp_operations[] = {
    USERS_CHANGE(AddUser, "add_user", DNP_RESULT_ID, .required = add_user_required,
                 SUMMARY("Adds a user account; returns its id.")),
    USERS_CHANGE(AddUserLiteral, "add_user_literal", DNP_RESULT_ID,
                 SUMMARY("Adds a user account from single values; the same call in every panel.")),
    USERS_READ(UserExists, "user_exists", SUMMARY("Tells whether a user name is taken.")),
    USERS_READ(GetUserById, "get_user_by_id", SUMMARY("Reads a user account by id.")),
    USERS_READ(GetUserByUsername, "get_user_by_username", SUMMARY("Reads a user account by user name.")),
    USERS_READ(GetUsers, "get_users", SUMMARY("Lists the users of an owner, with all their descendants if recursive.")),
    USERS_READ(GetRawUsers, "get_raw_users", SUMMARY("Lists the users of an owner as a DataSet.")),
    USERS_READ(GetUsersPaged, "get_users_paged", SUMMARY("Reads one page of the users of an owner.")),
    USERS_READ(GetUsersPagedRecursive, "get_users_paged_recursive",
               SUMMARY("Reads one page of all users below an owner.")),
    USERS_READ(GetUserPeers, "get_user_peers", SUMMARY("Lists the peer accounts of a user.")),
    USERS_READ(GetUserParents, "get_user_parents", SUMMARY("Lists the owners above a user, and the user.")),
    USERS_CHANGE(UpdateUser, "update_user", DNP_RESULT_STATUS, .required = update_user_required, .rewrites = true,
                 SUMMARY("Replaces a user account's fields; what is left out is reset.")),
    USERS_CHANGE(UpdateUserLiteral, "update_user_literal", DNP_RESULT_STATUS,
                 SUMMARY("Replaces a user account's fields from single values.")),
    USERS_CHANGE(DeleteUser, "delete_user", DNP_RESULT_STATUS,
                 SUMMARY("Starts deleting a user account; the panel goes on in the background.")),
    USERS_CHANGE(ChangeUserPassword, "change_user_password", DNP_RESULT_STATUS,
                 SUMMARY("Sets a user account's password.")),
    USERS_CHANGE(ChangeUserStatus, "change_user_status", DNP_RESULT_STATUS,
                 SUMMARY("Sets a user account's status, and that of its peers, children and all their spaces.")),
    USERS_READ(GetUserSettings, "get_user_settings", SUMMARY("Reads a named group of settings of a user.")),
    USERS_CHANGE(UpdateUserSettings, "update_user_settings", DNP_RESULT_STATUS,
                 .required = update_user_settings_required, .rewrites = true, SUMMARY("Writes a named group of settings of a user.")),

    ROW(AuthenticateUser, "authenticate_user", DNP_ES_AUTHENTICATION, false, DNP_RESULT_STATUS,
        .positive = authenticate_user_positive,
        SUMMARY("Checks a user name and a password.")),
    ROW(GetUserByUsernamePassword, "get_user_by_username_password", DNP_ES_AUTHENTICATION, false, DNP_RESULT_VALUE,
        SUMMARY("Reads a user account by user name and password.")),
    ROW(ChangeUserPasswordByUsername, "change_user_password_by_username", DNP_ES_AUTHENTICATION, true,
        DNP_RESULT_STATUS, SUMMARY("Sets the password of a user who knows the old one.")),

    PACKAGES_CHANGE(AddPackage, "add_package", DNP_RESULT_PACKAGE_ID,
                    SUMMARY("Adds a hosting space to a user; returns its id.")),
    PACKAGES_CHANGE(AddPackageWithResources, "add_package_with_resources", DNP_RESULT_PACKAGE_ID,
                    SUMMARY("Adds a hosting space with domain, web site, FTP and mail account; returns its id.")),
    PACKAGES_CHANGE(CreateUserWizard, "create_user_wizard", DNP_RESULT_ID,
                    SUMMARY("Adds a user account with a hosting space in one call; returns the user's id.")),
    PACKAGES_CHANGE(UpdatePackage, "update_package", DNP_RESULT_PACKAGE_STATUS, .required = update_package_required, .rewrites = true,
                    SUMMARY("Replaces a hosting space's fields; what is left out is reset.")),
    PACKAGES_CHANGE(UpdatePackageLiteral, "update_package_literal", DNP_RESULT_PACKAGE_STATUS,
                    SUMMARY("Sets a hosting space's status, plan, date, name and comments.")),
    PACKAGES_CHANGE(UpdatePackageName, "update_package_name", DNP_RESULT_STATUS,
                    SUMMARY("Sets a hosting space's name and comments.")),
    PACKAGES_CHANGE(DeletePackage, "delete_package", DNP_RESULT_STATUS,
                    SUMMARY("Starts deleting a hosting space; the panel goes on in the background.")),
    PACKAGES_CHANGE(ChangePackageStatus, "change_package_status", DNP_RESULT_STATUS,
                    SUMMARY("Sets the status of a hosting space and of those nested in it.")),
    PACKAGES_READ(GetPackage, "get_package", SUMMARY("Reads a hosting space.")),
    PACKAGES_READ(GetPackages, "get_packages", SUMMARY("Lists hosting spaces: a user's own; on the oldest panels those of the users below.")),
    PACKAGES_READ(GetMyPackages, "get_my_packages", SUMMARY("Lists the hosting spaces of a user.")),
    PACKAGES_READ(GetPackagesPaged, "get_packages_paged", SUMMARY("Reads one page of the hosting spaces of a user.")),
    PACKAGES_READ(GetPackageContext, "get_package_context",
                  SUMMARY("Reads a hosting space with its groups and quotas.")),
    PACKAGES_READ(GetPackageQuotas, "get_package_quotas", SUMMARY("Reads the groups and quotas of a hosting space.")),
    PACKAGES_READ(GetPackageQuota, "get_package_quota", SUMMARY("Reads one quota of a hosting space.")),
    PACKAGES_READ(GetPackageBandwidth, "get_package_bandwidth",
                  SUMMARY("Reads the traffic of a hosting space between two dates.")),
    PACKAGES_READ(GetPackageDiskspace, "get_package_diskspace",
                  SUMMARY("Reads the disk space that a hosting space uses.")),
    PACKAGES_READ(GetPackagesBandwidthPaged, "get_packages_bandwidth_paged",
                  SUMMARY("Reads one page of the traffic of spaces: a user's own (-1), or those in a space.")),
    PACKAGES_READ(GetPackagesDiskspacePaged, "get_packages_diskspace_paged",
                  SUMMARY("Reads one page of the disk space of spaces: a user's own (-1), or those in a space.")),

    PACKAGES_CHANGE(AddPackageAddon, "add_package_addon", DNP_RESULT_PACKAGE_ID,
                    .required = add_package_addon_required,
                    SUMMARY("Adds a hosting add-on to a space; returns its id.")),
    PACKAGES_CHANGE(AddPackageAddonById, "add_package_addon_by_id", DNP_RESULT_PACKAGE_ID,
                    SUMMARY("Adds a hosting add-on to a space, active from now; returns its id.")),
    PACKAGES_CHANGE(UpdatePackageAddon, "update_package_addon", DNP_RESULT_PACKAGE_STATUS,
                    .required = update_package_addon_required, .rewrites = true, SUMMARY("Replaces a hosting add-on's fields.")),
    PACKAGES_CHANGE(DeletePackageAddon, "delete_package_addon", DNP_RESULT_STATUS,
                    SUMMARY("Removes a hosting add-on from its space.")),
    PACKAGES_READ(GetPackageAddon, "get_package_addon", SUMMARY("Reads a hosting add-on.")),
    PACKAGES_READ(GetPackageAddons, "get_package_addons", SUMMARY("Lists the hosting add-ons of a space.")),

    PACKAGES_READ(GetHostingPlan, "get_hosting_plan", SUMMARY("Reads a hosting plan or add-on plan.")),
    PACKAGES_READ(GetHostingPlans, "get_hosting_plans", SUMMARY("Lists the hosting plans that a user has made.")),
    PACKAGES_READ(GetHostingAddons, "get_hosting_addons", SUMMARY("Lists the add-on plans that a user has made.")),
    PACKAGES_READ(GetUserAvailableHostingPlans, "get_user_available_hosting_plans",
                  SUMMARY("Lists the hosting plans that a user can be given.")),
    PACKAGES_READ(GetUserAvailableHostingAddons, "get_user_available_hosting_addons",
                  SUMMARY("Lists the add-on plans that a user can be given.")),
    PACKAGES_CHANGE(SendAccountSummaryLetter, "send_account_summary_letter", DNP_RESULT_STATUS,
                    SUMMARY("Sends the account letter.")),
    PACKAGES_CHANGE(SendPackageSummaryLetter, "send_package_summary_letter", DNP_RESULT_STATUS,
                    SUMMARY("Sends the hosting space letter.")),
};
const size_t dnp_operation_count = COUNT(dnp_operations);
